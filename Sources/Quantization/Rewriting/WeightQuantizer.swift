import Bytes
import CKernels
import Engine
import Tensors

/// Quantises constant weights to int8, symmetrically, with a scale an output channel.
package struct WeightQuantizer: Sendable {
    /// The largest magnitude of an integer: 127 (so that negating never overflows) or 63.
    let limit: Int
    /// How many scales are tried for a channel; 1 clips nothing.
    package var tries = 48
    package var threads = Threads.resolve(nil)

    /// - Parameter bits: 8 or 7.
    package init(bits: Int = 8) { limit = bits == 7 ? 63 : 127 }

    /// Weights in int8 and what undoes it.
    struct Result {
        /// `i8`, of the weights' shape.
        var quantized: Tensor
        /// `f32`, one an index of `axis`.
        var scales: Tensor
    }

    /// - Parameters:
    ///   - weights: `f32`.
    ///   - axis: the axis that counts output channels.
    ///   - importance: how much each place of a channel's weights counts (in the order of the other axes), or nil for equally.
    /// - Throws: `.unsupported` where a weight is NaN or infinite.
    func quantize(_ weights: Tensor, axis: Int, importance: [Float]? = nil) throws(OsteonError) -> Result {
        let range = withExtendedLifetime(weights) {
            unsafe osteon_find_range(weights.unsafeElements(Float.self).baseAddress, weights.count, Int32(clamping: threads))
        }
        guard range.not_finite == 0 else {
            throw OsteonError(.unsupported, "\(range.not_finite) weights are NaN or infinite; they can't be quantised.")
        }
        let channels = weights.shape[axis]
        let width = channels == 0 ? 0 : weights.count / channels
        let rows = try AxisFirst(shape: weights.shape, axis: axis).gather(weights)
        let scales = try Tensor(uninitialized: .f32, [channels])
        let quantized = try Tensor(uninitialized: .i8, weights.shape)
        withExtendedLifetime((rows, scales, quantized)) {
            func fit(_ importance: UnsafePointer<Float>?) {
                var task = unsafe osteon_weight_fit(
                    weights: rows.unsafeElements(Float.self).baseAddress, rows: channels, width: width, importance: importance,
                    limit: Int32(limit), tries: Int32(clamping: max(tries, 1)),
                    scales: scales.unsafeMutableElements(Float.self).baseAddress,
                    quantized: quantized.unsafeMutableElements(Int8.self).baseAddress)
                unsafe osteon_fit_weights(&task, Int32(clamping: threads))
            }
            if let importance, importance.count == width {
                unsafe importance.withUnsafeBufferPointer { unsafe fit($0.baseAddress) }
            } else {
                fit(nil)
            }
        }
        return Result(quantized: try AxisFirst(shape: weights.shape, axis: axis).scatter(quantized), scales: scales)
    }
}

/// A tensor with one axis moved to the front and back.
struct AxisFirst {
    private let outer: Int, extent: Int, inner: Int
    private let shape: [Int]

    init(shape: [Int], axis: Int) {
        self.shape = shape
        outer = shape[..<axis].reduce(1, &*)
        extent = shape[axis]
        inner = shape[(axis + 1)...].reduce(1, &*)
    }

    /// The elements in the order axis, axes before it, axes after it.
    func gather(_ tensor: Tensor) throws(OsteonError) -> Tensor {
        if outer == 1 { return tensor }
        let result = try Tensor(uninitialized: tensor.elementType, [extent, outer * inner])
        let size = tensor.elementType.byteCount * inner
        for o in 0..<outer {
            for e in 0..<extent { copy(tensor, (o * extent + e) * size, result, (e * outer + o) * size, size) }
        }
        return result
    }

    /// Undoes `gather`: `tensor` holds rows, the result has the original shape.
    func scatter(_ tensor: Tensor) throws(OsteonError) -> Tensor {
        if outer == 1 { return try tensor.reshaped(shape) }
        let result = try Tensor(uninitialized: tensor.elementType, shape)
        let size = tensor.elementType.byteCount * inner
        for o in 0..<outer {
            for e in 0..<extent { copy(tensor, (e * outer + o) * size, result, (o * extent + e) * size, size) }
        }
        return result
    }

    private func copy(_ from: Tensor, _ fromOffset: Int, _ to: Tensor, _ toOffset: Int, _ size: Int) {
        var target = to.mutableBytes
        target.copy(from.byteSpan.extracting(fromOffset..<fromOffset + size), to: toOffset)
    }
}
