import Bytes
import GraphIR
import Tensors

/// The first `lengths[b]` places along the time axis in reverse order, for each place `b` of the batch axis.
package struct ReverseSequence: Operator {
    package var batchAxis = 1
    package var timeAxis = 0

    package init() {}
    package init(batchAxis: Int, timeAxis: Int = 0) {
        self.batchAxis = batchAxis
        self.timeAxis = timeAxis
    }

    package static var signature: Signature { Signature([.required("x"), .required("lengths")]) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("batch_axis", &batchAxis)
        try visitor.visit("time_axis", &timeAxis)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "lengths")
        if let shape = x.shape {
            let batch = try Axes.resolve(batchAxis, rank: shape.count)
            guard try Axes.resolve(timeAxis, rank: shape.count) != batch else {
                throw invalidGraph("Time and batch are one axis.")
            }
            if let count = try context.length(1) { _ = try Dimension.unified(shape[batch], .fixed(count)) }
        }
        return [x]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        guard index == 1, let data, data.indices.contains(timeAxis) else { return nil }
        return [Int](repeating: data[timeAxis], count: count)
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let lengths = try context.input(1).integers()
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        let batch = try Axes.resolve(batchAxis, rank: x.rank)
        let time = try Axes.resolve(timeAxis, rank: x.rank)
        for length in lengths where length < 0 || length > x.shape[time] {
            throw invalidGraph("A sequence of \(length) on an axis of \(x.shape[time]) places.")
        }
        let steps = RowMajor.strides(x.shape)
        try dispatchWidth(
            x.elementType,
            Body(x: x, y: y, lengths: lengths, time: (x.shape[time], steps[time]), batch: (x.shape[batch], steps[batch])))
    }

    private struct Body: WidthBody {
        let x: Tensor, y: Tensor, lengths: [Int], time: (extent: Int, step: Int), batch: (extent: Int, step: Int)

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            for i in result.indices {
                let place = i / time.step % time.extent
                let length = lengths[i / batch.step % batch.extent]
                result[i] = source[place < length ? i + (length - 1 - 2 * place) * time.step : i]
            }
        }
    }
}
