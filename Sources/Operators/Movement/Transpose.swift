import Bytes
import GraphIR
import Tensors

/// The input with its axes in another order: axis `i` of the result is axis `permutation[i]`; all reversed where empty.
package struct Transpose: Operator {
    package var permutation: [Int] = []

    package init() {}
    package init(permutation: [Int]) {
        self.permutation = permutation
    }

    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("permutation", &permutation)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard let shape = x.shape else {
            return [
                TensorType(
                    x.elementType, permutation.isEmpty ? nil : [Dimension](repeating: .unknown, count: permutation.count))
            ]
        }
        return [TensorType(x.elementType, try order(rank: shape.count).map { shape[$0] })]
    }

    private func order(rank: Int) throws(OsteonError) -> [Int] {
        if permutation.isEmpty { return Array((0..<rank).reversed()) }
        guard permutation.count == rank, permutation.sorted() == Array(0..<rank) else {
            throw invalidGraph("\(permutation) isn't an order of \(rank) axes.")
        }
        return permutation
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank else { return nil }
        return AxesMapping(rank: rank, roles: [.data], outputs: try order(rank: rank).map { .kept($0) })
    }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        let isInOrder = !permutation.isEmpty && permutation == Array(permutation.indices)
        let rank = try context.input(0).rank ?? 2
        return isInOrder || rank < 2 ? UnchangedInput("the axes stay in order") : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        let steps = RowMajor.strides(x.shape)
        try StridedCopy(from: x, strides: try order(rank: x.rank).map { steps[$0] }, to: y).run()
    }
}
