import Bytes
import GraphIR
import Tensors

/// The input repeated along each axis as often as `repeats` says.
package struct Tile: Operator {
    package init() {}

    package static var signature: Signature { Signature([.required("x"), .required("repeats")]) }
    package var traits: OperatorTraits { .movesBits }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "repeats")
        guard let shape = x.shape else {
            return [TensorType(x.elementType, nil)]
        }
        guard let repeats = try context.integers(1) else {
            return [TensorType(x.elementType, [Dimension](repeating: .unknown, count: shape.count))]
        }
        guard repeats.count == shape.count else {
            throw invalidGraph("\(repeats.count) repeats for an input of rank \(shape.count).")
        }
        var result: [Dimension] = []
        for (dimension, times) in zip(shape, repeats) {
            guard times >= 0 else { throw invalidGraph("A repeat can't be \(times).") }
            result.append(try Dimension.product([dimension, .fixed(times)]))
        }
        return [TensorType(x.elementType, result)]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank else { return nil }
        let repeats = try context.integers(1)
        let axes = (0..<rank).filter { repeats?.count != rank || repeats?[$0] != 1 }
        return .changing(axes, context, roles: [.data, .byAxis(times: 1)]) { _ in self }
    }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        try context.integers(1)?.allSatisfy { $0 == 1 } == true ? UnchangedInput("it changes nothing") : nil
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 1 ? [Int](repeating: 1, count: count) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let shape = try outputShape(context)
        let y = try context.makeOutput(0, x.elementType, shape)
        guard y.count > 0 else { return }
        // Each axis is seen as two, the repeats in front with a stride of 0.
        var view: [Int] = []
        var strides: [Int] = []
        for (axis, step) in RowMajor.strides(x.shape).enumerated() {
            view += [shape[axis] / x.shape[axis], x.shape[axis]]
            strides += [0, step]
        }
        try StridedCopy(from: x, strides: strides, to: y.reshaped(view)).run()
    }
}
