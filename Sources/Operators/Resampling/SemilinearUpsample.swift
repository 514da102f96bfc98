import Bytes
import GraphIR
import Tensors

/// Twice the extent along each of `axes`, as a transposed convolution with the fixed kernel ½, 1, ½ of stride 2 makes it
/// (SAME padding: nothing cut off before, one place after).
///
/// Along each axis `y[2i + 1] = x[i]` and `y[2i] = (x[i] + x[i − 1]) / 2` with `x[−1] = 0`: the first place is halved, and
/// the last has no partner. `axes` are of `x[N, C, …]`, never 0 or 1; empty for all spatial ones. This is the
/// "semilinear" upsampling of TensorFlow networks that spell it as a `Conv3DBackpropInputV2` with a constant kernel that
/// is diagonal over channels; it isn't bilinear resampling, whose grid and edges differ.
package struct SemilinearUpsample: Operator {
    package var axes: [Int] = []

    package init() {}
    package init(axes: [Int]) { self.axes = axes }
    package static var signature: Signature { .unary }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axes", &axes)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try inferFloat(context)
        guard var shape = x.shape else { return [x] }
        for axis in try resolvedAxes(rank: shape.count) { shape[axis] = try Dimension.product([shape[axis], .fixed(2)]) }
        return [TensorType(x.elementType, shape)]
    }

    /// The axes made twice as long, in ascending order.
    /// - Throws: `.invalidGraph` for batch or channels, or axes that aren't there.
    package func resolvedAxes(rank: Int) throws(OsteonError) -> [Int] {
        guard rank >= 3 else { throw invalidGraph("Needs spatial axes; the rank is \(rank).") }
        let result = try Axes.resolve(axes.isEmpty ? Array(2..<rank) : axes, rank: rank)
        guard result.allSatisfy({ $0 >= 2 }) else { throw invalidGraph("Axes \(axes) aren't all spatial.") }
        return result.sorted()
    }

    package func window(inputs: [TensorType?]) -> [WindowAxis]? {
        guard let rank = inputs.first??.rank, let doubled = try? resolvedAxes(rank: rank) else { return nil }
        return (2..<rank).map { WindowAxis(kernel: doubled.contains($0) ? 3 : 1, stride: doubled.contains($0) ? 0.5 : 1) }
    }

    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank else { return nil }
        return .changing(try resolvedAxes(rank: rank), context, renumbered: nil)
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        guard y.count > 0 else { return }
        var current = try x.converted(to: .f64)
        for axis in try resolvedAxes(rank: x.rank) {
            var shape = current.shape
            shape[axis] *= 2
            let next = try Tensor(uninitialized: .f64, shape)
            Self.double(current, into: next, axis: axis)
            current = next
        }
        let result = try current.converted(to: x.elementType)
        y.write(result.bytes)
    }

    /// One axis, in `f64`.
    private static func double(_ source: Tensor, into target: Tensor, axis: Int) {
        let from = source.elements(Double.self)
        var to = target.mutableElements(Double.self)
        let inner = RowMajor.count(source.shape[(axis + 1)...])
        let extent = source.shape[axis]
        for line in 0..<source.count / inner {
            let start = line * inner
            let low = 2 * start
            let high = low + inner
            let isFirst = line % extent == 0
            for i in 0..<inner {
                to[low + i] = 0.5 * (isFirst ? from[start + i] : from[start + i] + from[start - inner + i])
                to[high + i] = from[start + i]
            }
        }
    }
}
