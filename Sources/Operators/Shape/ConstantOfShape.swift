import Bytes
import GraphIR
import Tensors

/// A tensor of the shape given, every element `value`.
package struct ConstantOfShape: Operator {
    package var elementType = ElementType.f32
    package var value = 0.0

    package init() {}
    package init(elementType: ElementType, value: Double = 0) {
        self.elementType = elementType
        self.value = value
    }

    package static var signature: Signature { Signature([.required("shape")]) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("element_type", &elementType)
        try visitor.visit("value", &value)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        [TensorType(elementType, try context.shapeInput(0))]
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 0 ? [Int](repeating: 2, count: count) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let y = try context.makeOutput(0, elementType, try outputShape(context))
        let one = try Tensor(scalar: value).converted(to: elementType)
        try dispatchWidth(elementType, Body(one: one, y: y))
    }

    private struct Body: WidthBody {
        let one: Tensor, y: Tensor

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
            var elements = y.mutableElements(T.self)
            elements.update(repeating: one.elements(T.self)[0])
        }
    }
}
