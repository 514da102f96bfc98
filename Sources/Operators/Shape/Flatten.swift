import Bytes
import GraphIR
import Tensors

/// The same elements as a matrix: the axes before `axis` together, and those from it on.
package struct Flatten: Operator {
    package var axis = 1

    package init() {}
    package init(axis: Int) { self.axis = axis }

    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { [.view, .movesBits] }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard let shape = x.shape else { return [TensorType(x.elementType, [.unknown, .unknown])] }
        let split = axis == shape.count ? axis : try Axes.resolve(axis, rank: shape.count)
        return [
            TensorType(x.elementType, [try Dimension.product(shape[..<split]), try Dimension.product(shape[split...])])
        ]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        context.setOutput(0, try context.input(0).reshaped(try outputShape(context)))
    }
}
