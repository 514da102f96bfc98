import Bytes
import GraphIR
import Tensors

/// Running sums along the axis given as an input (a scalar); floats are summed in `f64`, integers wrap.
///
/// `exclusive` leaves each element's own value out of its sum, `reverse` sums from the end.
public struct CumSum: Operator {
    public var exclusive = false
    public var reverse = false

    public init() {}
    public init(exclusive: Bool = false, reverse: Bool = false) {
        self.exclusive = exclusive
        self.reverse = reverse
    }
    public static var signature: Signature { Signature([.required("x"), .required("axis")]) }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("exclusive", &exclusive)
        try visitor.visit("reverse", &reverse)
    }

    public func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        if let rank = x.rank, let axis = try context.integers(1)?.first { _ = try Axes.resolve(axis, rank: rank) }
        return [x]
    }

    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        guard let axis = try context.input(1).integers().first else {
            throw OsteonError(.invalidGraph, "The axis is an empty tensor; it must be a scalar.")
        }
        let split = try AxisSplit(x.shape, axis: axis)
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatch(x.elementType, Body(x: x, y: y, split: split, exclusive: exclusive, reverse: reverse))
    }

    private struct Body: NumericBody {
        let x: Tensor, y: Tensor, split: AxisSplit, exclusive: Bool, reverse: Bool

        func run<T: NumericElement>(_ type: T.Type) {
            let source = x.unsafeElements(T.self), destination = y.unsafeMutableElements(T.self)
            var sums = [T.Wide](repeating: .zero, count: split.inner)
            for block in 0 ..< split.outer {
                for i in 0 ..< split.inner { sums[i] = .zero }
                for step in 0 ..< split.extent {
                    let k = reverse ? split.extent - 1 - step : step
                    let row = (block * split.extent + k) * split.inner
                    for i in 0 ..< split.inner {
                        let before = sums[i]
                        sums[i] = .adding(before, source[row + i].wide)
                        destination[row + i] = T(narrowing: exclusive ? before : sums[i])
                    }
                }
            }
        }
    }
}
