import Bytes
import GraphIR
import Tensors

/// The elements converted to another type, as `Tensor.converted(to:)` says.
package struct Cast: Operator {
    package var elementType = ElementType.f32
    /// Only of meaning for 8-bit floats, which Osteon doesn't have; kept for the round trip.
    package var saturate = true

    package init() {}
    package init(elementType: ElementType, saturate: Bool = true) {
        self.elementType = elementType
        self.saturate = saturate
    }

    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { [.elementwise, .movesBits] }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("element_type", &elementType)
        try visitor.visit("saturate", &saturate)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        [TensorType(elementType, try context.input(0).shape)]
    }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        try context.input(0).elementType == elementType ? UnchangedInput("the elements are \(elementType.rawValue) already") : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        context.setOutput(0, try context.input(0).converted(to: elementType))
    }
}
