import Bytes
import GraphIR
import Tensors

/// The input broadcast together with `shape`.
package struct Expand: Operator {
    package init() {}

    package static var signature: Signature { Signature([.required("x"), .required("shape")]) }
    package var traits: OperatorTraits { .movesBits }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        let wanted = try context.shapeInput(1)
        return [TensorType(x.elementType, try Broadcast.dimensions([x.shape, wanted]))]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let shape = try outputShape(context)
        let y = try context.makeOutput(0, x.elementType, shape)
        guard y.count > 0 else { return }
        try StridedCopy(from: x, strides: Broadcast.strides(of: x.shape, in: shape), to: y).run()
    }
}
