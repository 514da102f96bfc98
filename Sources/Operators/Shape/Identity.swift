import Bytes
import GraphIR
import Tensors

/// The input, unchanged.
package struct Identity: Operator {
    package init() {}
    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { [.identity, .view, .movesBits, .elementwise] }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        try context.sameAsFirst()
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        context.setOutput(0, try context.input(0))
    }
}
