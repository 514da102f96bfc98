import Bytes
import GraphIR
import Tensors

/// The input cut along `axis` into as many pieces as there are outputs.
///
/// The optional input `split` gives their extents. Otherwise they're equal, the last one smaller where the extent
/// doesn't divide; `count`, where not 0, must be the number of outputs.
package struct Split: Operator {
    package var axis = 0
    package var count = 0

    package init() {}
    package init(axis: Int, count: Int = 0) {
        self.axis = axis
        self.count = count
    }

    package static var signature: Signature { Signature([.required("x"), .optional("split")], hasVariadicOutputs: true) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
        try visitor.visit("count", &count)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "split")
        guard count == 0 || count == context.outputCount else {
            throw invalidGraph("A split into \(count) pieces has \(context.outputCount) outputs.")
        }
        guard let shape = x.shape else {
            return [TensorType](repeating: TensorType(x.elementType, nil), count: context.outputCount)
        }
        let axis = try Axes.resolve(axis, rank: shape.count)
        let pieces = try pieces(shape[axis], context)
        return pieces.map { piece in
            var part = shape
            part[axis] = piece
            return TensorType(x.elementType, part)
        }
    }

    private func pieces(_ extent: Dimension, _ context: InferenceContext) throws(OsteonError) -> [Dimension] {
        let outputs = context.outputCount
        if context.has(1) {
            guard let split = try context.integers(1) else { return [Dimension](repeating: .unknown, count: outputs) }
            guard split.count == outputs else { throw invalidGraph("\(split.count) extents for \(outputs) outputs.") }
            let sum = try Checked.sum(split)
            if let whole = extent.fixed, sum != whole {
                throw invalidGraph("The pieces \(split) don't add up to \(whole).")
            }
            return split.map(Dimension.fixed)
        }
        guard let whole = extent.fixed else {
            return outputs == 1 ? [extent] : [Dimension](repeating: .unknown, count: outputs)
        }
        let piece = whole / outputs + (whole % outputs == 0 ? 0 : 1)
        return (0..<outputs).map { .fixed(max(0, min(piece, whole - $0 * piece))) }
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        .along(axis, context, roles: [.data, .free]) { Split(axis: $0, count: count) }
    }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        context.outputCount == 1 ? UnchangedInput("a single part") : nil
    }

    /// Parts as equal as may be, the first ones larger.
    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        guard index == 1, let data, let axis = Permutation.identity(data.count).source(axis) else { return nil }
        return (0..<count).map { data[axis] / count + ($0 < data[axis] % count ? 1 : 0) }
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let axis = try Axes.resolve(axis, rank: x.rank)
        guard x.count > 0 else {
            for (index, shape) in try outputShapes(context).enumerated() {
                _ = try context.makeOutput(index, x.elementType, shape)
            }
            return
        }
        let inner = RowMajor.count(x.shape[(axis + 1)...]) * x.elementType.byteCount
        let outer = RowMajor.count(x.shape[..<axis])
        let rowBytes = x.shape[axis] * inner
        let source = x.byteSpan
        var offset = 0
        for (index, shape) in try outputShapes(context).enumerated() {
            let y = try context.makeOutput(index, x.elementType, shape)
            let width = shape[axis] * inner
            guard y.count > 0 else { continue }
            var result = y.mutableBytes
            for row in 0..<outer {
                let start = row * rowBytes + offset
                result.copy(source.extracting(start..<start + width), to: row * width)
            }
            offset += width
        }
    }
}
