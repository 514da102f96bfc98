import Bytes
import GraphIR
import Tensors

/// The rows of `x` along `axis` that `indices` name: the axis is replaced by the axes of `indices`.
///
/// Negative indices count from the end; others outside the axis are an error.
package struct Gather: Operator {
    package var axis = 0

    package init() {}
    package init(axis: Int) {
        self.axis = axis
    }

    package static var signature: Signature { Signature([.required("x"), .required("indices")]) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "indices")
        guard let shape = x.shape else { return [TensorType(x.elementType, nil)] }
        let axis = try Axes.resolve(axis, rank: shape.count)
        // Constant indices tell which extents are legal.
        if let extent = shape[axis].fixed, let places = try context.integers(1) { _ = try Indices.resolve(places, extent: extent) }
        guard let indices = try context.input(1).shape else { return [TensorType(x.elementType, nil)] }
        return [TensorType(x.elementType, Array(shape[..<axis]) + indices + Array(shape[(axis + 1)...]))]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        let axis = try Axes.resolve(axis, rank: x.rank)
        let indices = try Indices.resolve(context.input(1).integers(), extent: x.shape[axis])
        guard y.count > 0 else { return }
        let inner = RowMajor.count(x.shape[(axis + 1)...]) * x.elementType.byteCount
        let outer = RowMajor.count(x.shape[..<axis])
        let source = x.byteSpan
        var result = y.mutableBytes
        var position = 0
        for row in 0..<outer {
            for index in indices {
                let start = (row * x.shape[axis] + index) * inner
                result.copy(source.extracting(start..<start + inner), to: position)
                position += inner
            }
        }
    }
}
