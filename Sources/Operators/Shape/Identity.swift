import Bytes
import GraphIR
import Tensors

/// The input, unchanged.
public struct Identity: Operator {
    public init() {}
    public static var signature: Signature { .unary }
    public var traits: OperatorTraits { [.identity, .view, .movesBits, .elementwise] }

    public func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        try context.sameAsFirst()
    }

    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        context.setOutput(0, try context.input(0))
    }
}
