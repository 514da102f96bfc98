import Bytes
import GraphIR
import Tensors

/// An operator that totals along the axis given as an input (a scalar): `y[k] = x[0] ∘ … ∘ x[k]`.
///
/// Floats are totalled in `f64`, integers wrap. `exclusive` leaves each element's own value out of its total, `reverse`
/// totals from the end.
package protocol RunningTotal: Operator {
    var exclusive: Bool { get set }
    var reverse: Bool { get set }
    /// What nothing totals to.
    static func start<T: NumericElement>(_ type: T.Type) -> T
    static func combine<T: NumericElement>(_ total: T, _ x: T) -> T
}

extension RunningTotal {
    package init(exclusive: Bool = false, reverse: Bool = false) {
        self.init()
        self.exclusive = exclusive
        self.reverse = reverse
    }

    package static var signature: Signature { Signature([.required("x"), .required("axis")]) }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("exclusive", &exclusive)
        try visitor.visit("reverse", &reverse)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        if let rank = x.rank, let axis = try context.integers(1)?.first { _ = try Axes.resolve(axis, rank: rank) }
        return [x]
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 1 ? [Int](repeating: 0, count: count) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        guard let axis = try context.input(1).integers().first else {
            throw OsteonError(.invalidGraph, "The axis is an empty tensor; it must be a scalar.")
        }
        let split = try AxisSplit(x.shape, axis: axis)
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatch(x.elementType, TotalBody(x: x, y: y, split: split, op: self))
    }
}

private struct TotalBody<Op: RunningTotal>: NumericBody {
    let x: Tensor, y: Tensor, split: AxisSplit, op: Op

    func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) {
        let source = x.elements(T.self)
        var destination = y.mutableElements(T.self)
        let start = Op.start(T.Wide.self)
        var totals = try [T.Wide](budgeted: start, count: split.inner)
        for block in 0..<split.outer {
            for i in 0..<split.inner { totals[i] = start }
            for step in 0..<split.extent {
                let k = op.reverse ? split.extent - 1 - step : step
                let row = (block * split.extent + k) * split.inner
                for i in 0..<split.inner {
                    let before = totals[i]
                    totals[i] = Op.combine(before, source[row + i].wide)
                    destination[row + i] = T(narrowing: op.exclusive ? before : totals[i])
                }
            }
        }
    }
}
