import Bytes
import GraphIR
import Tensors

/// Slices of `x`: each row along the last axis of `indices` names the first axes' places of one.
///
/// The first `batchDimensions` axes of `x` and `indices` are the same and walked together.
package struct GatherND: Operator {
    package var batchDimensions = 0

    package init() {}
    package init(batchDimensions: Int) {
        self.batchDimensions = batchDimensions
    }

    package static var signature: Signature { Signature([.required("x"), .required("indices")]) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("batch_dimensions", &batchDimensions)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        let indices = try context.input(1)
        try context.requireIntegers(1, "indices")
        guard let source = x.shape, let places = indices.shape, let last = places.last?.fixed else {
            return [TensorType(x.elementType, nil)]
        }
        guard batchDimensions >= 0, batchDimensions < places.count, last >= 0, last <= source.count - batchDimensions else {
            throw invalidGraph("Indices \(indices) with \(batchDimensions) batch axes don't fit \(x).")
        }
        if last > 0, let given = try context.integers(1) {
            // Constant indices tell which extents are legal.
            for (place, axis) in (batchDimensions..<batchDimensions + last).enumerated() {
                guard let extent = source[axis].fixed else { continue }
                _ = try Indices.resolve(stride(from: place, to: given.count, by: last).map { given[$0] }, extent: extent)
            }
        }
        for axis in 0..<batchDimensions { _ = try Dimension.unified(source[axis], places[axis]) }
        return [TensorType(x.elementType, Array(places.dropLast()) + Array(source[(batchDimensions + last)...]))]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let places = try context.input(1)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        guard y.count > 0 else { return }
        let blocks = try BlockOffsets(places.integers(), placesShape: places.shape, in: x.shape, batch: batchDimensions)
        let width = blocks.blockCount * x.elementType.byteCount
        let source = x.byteSpan
        var result = y.mutableBytes
        for (block, offset) in blocks.offsets.enumerated() {
            let start = offset * x.elementType.byteCount
            result.copy(source.extracting(start..<start + width), to: block * width)
        }
    }
}
