import Bytes
import GraphIR
import Tensors

/// The same elements as a matrix: the axes before `axis` together, and those from it on.
public struct Flatten: Operator {
    public var axis = 1

    public init() {}
    public init(axis: Int) { self.axis = axis }

    public static var signature: Signature { .unary }
    public var traits: OperatorTraits { [.view, .movesBits] }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
    }

    public func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard let shape = x.shape else { return [TensorType(x.elementType, [.unknown, .unknown])] }
        let split = axis == shape.count ? axis : try Axes.resolve(axis, rank: shape.count)
        return [
            TensorType(x.elementType, [try Dimension.product(shape[..<split]), try Dimension.product(shape[split...])])
        ]
    }

    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        context.setOutput(0, try context.input(0).reshaped(try outputShape(context)))
    }
}
