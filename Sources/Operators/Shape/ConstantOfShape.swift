import Bytes
import GraphIR
import Tensors

/// A tensor of the shape given, every element `value`.
public struct ConstantOfShape: Operator {
    public var elementType = ElementType.f32
    public var value = 0.0

    public init() {}
    public init(elementType: ElementType, value: Double = 0) {
        self.elementType = elementType
        self.value = value
    }

    public static var signature: Signature { Signature([.required("shape")]) }
    public var traits: OperatorTraits { .movesBits }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("element_type", &elementType)
        try visitor.visit("value", &value)
    }

    public func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        [TensorType(elementType, try context.shapeInput(0))]
    }

    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let y = try context.makeOutput(0, elementType, try outputShape(context))
        let one = try Tensor(scalar: value).converted(to: elementType)
        try dispatchWidth(elementType, Body(one: one, y: y))
    }

    private struct Body: WidthBody {
        let one: Tensor, y: Tensor

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
            y.unsafeMutableElements(T.self).update(repeating: one.unsafeElements(T.self)[0])
        }
    }
}
