import Bytes
import GraphIR
import Tensors

/// The input's extents from axis `start` up to `end` (to the last where nil), as a list of `i64`.
///
/// Both may count from the end and are clamped to the rank.
package struct ShapeOf: Operator {
    package var start = 0
    package var end: Int?

    package init() {}
    package init(start: Int = 0, end: Int? = nil) {
        self.start = start
        self.end = end
    }

    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { [.movesBits, .asksForTypes] }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("start", &start)
        try visitor.visit("end", &end)
    }

    private func range(rank: Int) -> Range<Int> {
        func clamped(_ place: Int) -> Int { min(max(place < 0 ? place + rank : place, 0), rank) }
        let first = clamped(start)
        let last = end.map(clamped) ?? rank
        return first..<max(first, last)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let rank = try context.input(0).rank
        return [TensorType(.i64, [rank.map { .fixed(range(rank: $0).count) } ?? .unknown])]
    }

    package func evaluateFromTypes(_ context: InferenceContext) throws(OsteonError) -> [Tensor]? {
        guard let shape = try context.input(0).shape else { return nil }
        guard let extents = TensorType(.i64, Array(shape[range(rank: shape.count)])).fixedShape else { return nil }
        return [try Tensor(extents.map { Int64($0) })]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let shape = try context.input(0).shape
        let extents = shape[range(rank: shape.count)]
        let y = try context.makeOutput(0, .i64, [extents.count])
        var result = y.mutableElements(Int64.self)
        for (i, extent) in extents.enumerated() { result[i] = Int64(extent) }
    }
}
