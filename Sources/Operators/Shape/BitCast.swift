import Bytes
import GraphIR
import Tensors

/// The bits of each element taken as another type of the same width; no bit changes (ONNX `BitCast`).
///
/// Not to `bool`: other bytes than 0 and 1 mean nothing there.
package struct BitCast: Operator {
    package var elementType = ElementType.f32

    package init() {}
    package init(_ elementType: ElementType) { self.elementType = elementType }

    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { [.elementwise, .movesBits] }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("element_type", &elementType)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard x.elementType.byteCount == elementType.byteCount, elementType != .bool || x.elementType == .bool else {
            throw OsteonError(.invalidGraph, "Elements of \(x.elementType.rawValue) have not the width of \(elementType.rawValue).")
        }
        return [TensorType(elementType, x.shape)]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, elementType, x.shape)
        guard y.byteCount == x.byteCount else { throw OsteonError(.invalidGraph, "The element types differ in width.") }
        y.write(x.bytes)
    }
}
