import Bytes
import GraphIR
import Tensors

/// An operator that finds the place of an extreme along one axis.
package protocol ArgumentReduction: Operator {
    var axis: Int { get set }
    /// Whether the axis stays, with extent 1.
    var keepDimensions: Bool { get set }
    var selectLastIndex: Bool { get set }
    /// Whether `a` is the more extreme.
    static func precedes<T: NumericElement>(_ a: T, _ b: T) -> Bool
}

extension ArgumentReduction {
    package init(axis: Int = 0, keepDimensions: Bool = true, selectLastIndex: Bool = false) {
        self.init()
        self.axis = axis
        self.keepDimensions = keepDimensions
        self.selectLastIndex = selectLastIndex
    }

    package static var signature: Signature { .unary }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
        try visitor.visit("keep_dimensions", &keepDimensions)
        try visitor.visit("select_last_index", &selectLastIndex)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard x.elementType != .bool else { throw OsteonError(.invalidGraph, "The input is \(x); it must be numeric.") }
        guard var shape = x.shape else { return [TensorType(.i64, nil)] }
        let axis = try Axes.resolve(axis, rank: shape.count)
        guard shape[axis] != 0 else { throw OsteonError(.invalidGraph, "There's no extreme along an axis of extent 0.") }
        if keepDimensions { shape[axis] = 1 } else { shape.remove(at: axis) }
        return [TensorType(.i64, shape)]
    }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank, let own = Permutation.identity(rank).source(axis) else { return nil }
        let left = keepDimensions ? Array(0..<rank) : (0..<rank).filter { $0 != own }
        return AxesMapping(rank: rank, roles: [.data], outputs: left.map { $0 == own ? .changed($0) : .kept($0) }) { permutation in
            permutation.source(own).map { Self(axis: $0, keepDimensions: keepDimensions, selectLastIndex: selectLastIndex) }
        }
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let split = try AxisSplit(x.shape, axis: axis)
        try require(split.extent > 0, .invalidGraph, "There's no extreme along an axis of extent 0.")
        var shape = x.shape
        let axis = try Axes.resolve(axis, rank: x.rank)
        if keepDimensions { shape[axis] = 1 } else { shape.remove(at: axis) }
        let y = try context.makeOutput(0, .i64, shape)
        try dispatch(x.elementType, ArgumentBody<Self>(x: x, y: y, split: split, selectsLast: selectLastIndex))
    }
}

private struct ArgumentBody<Op: ArgumentReduction>: NumericBody {
    let x: Tensor, y: Tensor, split: AxisSplit, selectsLast: Bool

    func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) {
        let source = x.elements(T.self)
        var places = y.mutableElements(Int64.self)
        var best = try [T](budgeted: .zero, count: split.inner)
        for block in 0..<split.outer {
            let base = block * split.extent * split.inner
            let target = block * split.inner
            for i in 0..<split.inner {
                best[i] = source[base + i]
                places[target + i] = 0
            }
            for k in 1..<max(split.extent, 1) {
                let row = base + k * split.inner
                for i in 0..<split.inner where isBetter(source[row + i], best[i]) {
                    best[i] = source[row + i]
                    places[target + i] = Int64(k)
                }
            }
        }
    }

    @inline(__always)
    private func isBetter<T: NumericElement>(_ x: T, _ best: T) -> Bool {
        if best != best { return selectsLast && x != x }
        return x != x || Op.precedes(x, best) || selectsLast && x == best
    }
}
