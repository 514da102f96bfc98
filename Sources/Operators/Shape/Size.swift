import Bytes
import GraphIR
import Tensors

/// The number of elements of the input, as one `i64`.
package struct Size: Operator {
    package init() {}
    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { [.movesBits, .asksForTypes] }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        _ = try context.input(0)
        return [TensorType(.i64, [])]
    }

    package func evaluateFromTypes(_ context: InferenceContext) throws(OsteonError) -> [Tensor]? {
        guard let count = try context.input(0).count else { return nil }
        return [try Tensor(scalar: Int64(count))]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let count = try context.input(0).count
        try context.makeOutput(0, .i64, []).store(Int64(count), at: 0)
    }
}
