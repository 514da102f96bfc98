import Bytes
import GraphIR
import Tensors

/// The input with the order of places along each of `axes` reversed.
package struct Reverse: Operator {
    package init() {}

    package static var signature: Signature { Signature([.required("x"), .required("axes")]) }
    package var traits: OperatorTraits { .movesBits }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "axes")
        if let rank = x.rank, let axes = try context.integers(1) { _ = try Axes.resolve(axes, rank: rank) }
        return [x]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        guard y.count > 0 else { return }
        var strides = RowMajor.strides(x.shape)
        var base = 0
        for axis in try Axes.resolve(context.input(1).integers(), rank: x.rank) {
            base += (x.shape[axis] - 1) * strides[axis]
            strides[axis] = -strides[axis]
        }
        try StridedCopy(from: x, offset: base, strides: strides, to: y).run()
    }
}
