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

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let x = context.inputs.first??.shape, let y = try inferTypes(context)[0].shape, y.count == x.count else { return nil }
        let axes = x.indices.filter { x[$0] != y[$0] || x[$0].fixed == nil }
        return .changing(axes, context, roles: [.data, .byAxis(times: 1)]) { _ in self }
    }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        try unchangedShape(context)
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 1 ? (data?.count == count ? data : [Int](repeating: 1, count: count)) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let shape = try outputShape(context)
        let y = try context.makeOutput(0, x.elementType, shape)
        guard y.count > 0 else { return }
        try StridedCopy(from: x, strides: Broadcast.strides(of: x.shape, in: shape), to: y).run()
    }
}
