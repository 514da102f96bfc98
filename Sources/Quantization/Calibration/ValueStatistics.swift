import Bytes
import CKernels
import Tensors

/// What calibration saw of one value of a network.
package struct ValueStatistics: Sendable {
    package private(set) var sampleCount = 0
    package private(set) var low = 0.0
    package private(set) var high = 0.0
    /// Moving averages of each sample's extremes.
    package private(set) var averageLow = 0.0
    package private(set) var averageHigh = 0.0
    /// NaNs and infinities.
    package private(set) var notFiniteCount = 0
    package private(set) var histogram = ValueHistogram()
    /// `Σ x²` by channel, and of how many elements each: for convolutions' inputs, channels on axis 1.
    package private(set) var channelSquares: [Double] = []
    private var channelSums: [Double] = []
    package private(set) var channelCount = 0
    /// The largest magnitude by channel.
    package private(set) var channelMagnitudes: [Double] = []

    package var largestMagnitude: Double { max(-low, high) }

    package init() {}

    /// Adds a sample; `x` must be `f32`.
    /// - Parameter wantsHistogram: whether more than the extremes is needed.
    package mutating func add(_ x: Tensor, wantsHistogram: Bool, threads: Int) {
        let elements = x.elements(Float.self)
        let range = unsafe elements.withUnsafeBufferPointer { unsafe osteon_find_range($0.baseAddress, $0.count, Int32(clamping: threads)) }
        let (sampleLow, sampleHigh) = (Double(range.low), Double(range.high))
        low = sampleCount == 0 ? sampleLow : min(low, sampleLow)
        high = sampleCount == 0 ? sampleHigh : max(high, sampleHigh)
        let kept = sampleCount == 0 ? 0 : CalibrationMethod.momentum
        averageLow = kept * averageLow + (1 - kept) * sampleLow
        averageHigh = kept * averageHigh + (1 - kept) * sampleHigh
        notFiniteCount += range.not_finite
        sampleCount += 1
        guard wantsHistogram else { return }
        histogram.add(elements, low: range.low, high: range.high, threads: threads)
        addMoments(x, threads)
    }

    private mutating func addMoments(_ x: Tensor, _ threads: Int) {
        guard x.rank >= 2, x.count > 0, channelSquares.isEmpty || channelSquares.count == x.shape[1] else { return }
        if channelSquares.isEmpty {
            channelSquares = Array(repeating: 0, count: x.shape[1])
            channelSums = channelSquares
            channelMagnitudes = channelSquares
        }
        let inner = x.shape.dropFirst(2).reduce(1, &*)
        let elements = x.elements(Float.self)
        unsafe elements.withUnsafeBufferPointer {
            unsafe osteon_channel_moments(
                $0.baseAddress, x.shape[0], x.shape[1], inner, &channelSums, &channelSquares, Int32(clamping: threads))
        }
        for plane in 0..<x.shape[0] * x.shape[1] where inner > 0 {
            let range = unsafe elements.extracting(plane * inner..<(plane + 1) * inner).withUnsafeBufferPointer {
                unsafe osteon_find_range($0.baseAddress, inner, Int32(clamping: threads))
            }
            let channel = plane % x.shape[1]
            channelMagnitudes[channel] = max(channelMagnitudes[channel], Double(range.high), Double(-range.low))
        }
        channelCount += x.shape[0] * inner
    }
}
