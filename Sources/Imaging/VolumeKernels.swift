import Bytes
import CKernels
import Tensors

/// The C kernels on volumes, called on whole tensors: the addresses C gets are taken here, within the call.
enum VolumeKernels {
    static var threads: Int32 { min(osteon_processor_count(), osteon_thread_limit()) }

    // MARK: Places

    /// Copies a block of elements.
    /// - Parameters:
    ///   - start: where it begins in `source`, in bytes.
    ///   - target: large enough for the block's strides.
    static func copy(_ block: osteon_block, of source: Tensor, from start: Int, into target: inout MutableSpan<UInt8>) {
        guard !target.isEmpty else { return }
        var block = block
        unsafe target.withUnsafeMutableBytes { to in
            unsafe source.bytes.withUnsafeBytes { from in
                unsafe osteon_copy_block(&block, from.baseAddress.map { unsafe $0 + start }, to.baseAddress, threads)
            }
        }
    }

    /// Elements of any type through a table of input places an axis; see `osteon_gather`, whose tables are set here.
    static func gather(_ gather: osteon_gather, _ tables: [[Int32]], _ source: Tensor, into result: Tensor) {
        var gather = gather
        unsafe tables[0].withUnsafeBufferPointer { a in
            unsafe tables[1].withUnsafeBufferPointer { b in
                unsafe tables[2].withUnsafeBufferPointer { c in
                    unsafe gather.index = (a.baseAddress, b.baseAddress, c.baseAddress)
                    unsafe call(source, result) { unsafe osteon_gather_run(&gather, $0, $1, threads) }
                }
            }
        }
    }

    /// Weighs values along three axes; see `osteon_separable`, whose taps are set here.
    static func resample(_ geometry: osteon_separable, _ taps: [AxisTaps], _ source: Tensor, into result: Tensor) throws(OsteonError) {
        var geometry = geometry
        let scratch = try TensorStorage(byteCount: unsafe osteon_separable_scratch(&geometry, threads))
        unsafe withTaps(taps[0]) { a in
            unsafe withTaps(taps[1]) { b in
                unsafe withTaps(taps[2]) { c in
                    unsafe geometry.taps = (a, b, c)
                    withExtendedLifetime((source, result, scratch)) {
                        unsafe osteon_separable_run(
                            &geometry, source.unsafeElements(Float.self).baseAddress, result.unsafeMutableElements(Float.self).baseAddress,
                            scratch.memory.baseAddress, threads)
                    }
                }
            }
        }
    }

    private static func withTaps(_ taps: AxisTaps, _ body: (osteon_taps) -> Void) {
        unsafe taps.start.withUnsafeBufferPointer { start in
            unsafe taps.weight.withUnsafeBufferPointer { weight in
                unsafe body(osteon_taps(count: Int32(taps.count), start: start.baseAddress, weight: weight.baseAddress))
            }
        }
    }

    /// Reads a volume where a grid in space lies; see `osteon_place`, whose lines are set here.
    static func place(_ place: osteon_place, _ lines: [[Double]], _ source: Tensor, into result: Tensor) {
        var place = place
        unsafe lines[0].withUnsafeBufferPointer { a in
            unsafe lines[1].withUnsafeBufferPointer { b in
                unsafe lines[lines.count - 1].withUnsafeBufferPointer { c in
                    unsafe place.line = (a.baseAddress, b.baseAddress, c.baseAddress)
                    unsafe call(source, result) { unsafe osteon_place_run(&place, $0, $1, threads) }
                }
            }
        }
    }

    /// Planes of a file's voxels, from byte `offset` of `raw` on, as the elements of `result` from `start` on.
    static func unpack(_ planes: osteon_planes, _ raw: SharedBytes, from offset: Int, into result: Tensor, at start: Int) {
        precondition(offset + planes.columns * planes.rows * planes.planes * planes.step <= raw.count + planes.step)
        precondition(start + planes.columns * planes.rows * planes.depth <= result.count)
        var planes = planes
        unsafe raw.withUnsafeBytes { raw in
            withExtendedLifetime(result) {
                guard let from = raw.baseAddress, let to = unsafe result.unsafeMutableElements(Float.self).baseAddress else { return }
                unsafe osteon_unpack_planes(&planes, from + offset, to + start, threads)
            }
        }
    }

    // MARK: Windows

    /// Adds a weighted window to sums.
    /// - Parameters:
    ///   - values: the window's from `start` on; nil for ones.
    ///   - weights: of one channel; nil for ones.
    ///   - place: where the window begins in `sums`.
    static func add(
        _ window: osteon_window, _ values: Tensor?, from start: Int, weights: Tensor?, to sums: Tensor, at place: Int
    ) {
        var window = window
        withExtendedLifetime((values, weights, sums)) {
            guard let sum = unsafe sums.unsafeMutableElements(Float.self).baseAddress else { return }
            let own = unsafe weights?.unsafeElements(Float.self).baseAddress
            let from = unsafe values?.unsafeElements(Float.self).baseAddress.map { unsafe $0 + start }
            unsafe osteon_window_add(&window, from, own, sum + place, threads)
        }
    }

    /// Divides elements of each channel of `sums`, which are `stride` apart, by those of `weights`, both from `start` on.
    static func divide(_ sums: Tensor, by weights: Tensor, from start: Int, stride: Int, into result: Tensor) {
        let channels = result.shape[0]
        let count = result.count / max(channels, 1)
        precondition(start + count <= weights.count && start + (channels - 1) * stride + count <= sums.count)
        withExtendedLifetime((sums, weights, result)) {
            guard let sum = unsafe sums.unsafeElements(Float.self).baseAddress,
                let weight = unsafe weights.unsafeElements(Float.self).baseAddress
            else { return }
            unsafe osteon_divide_channels(
                sum + start, stride, weight + start, result.unsafeMutableElements(Float.self).baseAddress, channels, count, threads)
        }
    }

    // MARK: Values

    /// Changes some of a tensor's values in place; see `osteon_rescale`.
    static func rescale(_ tensor: Tensor, _ part: Range<Int>, _ rescale: osteon_rescale) {
        precondition(part.lowerBound >= 0 && part.upperBound <= tensor.count)
        var rescale = rescale
        withExtendedLifetime(tensor) {
            guard let start = unsafe tensor.unsafeMutableElements(Float.self).baseAddress else { return }
            unsafe osteon_rescale_run(&rescale, start + part.lowerBound, start + part.lowerBound, part.count, threads)
        }
    }

    /// Number, sums and extremes of some of a tensor's values; see `osteon_moments`.
    static func moments(_ tensor: Tensor, _ part: Range<Int>, nonzero: Bool, around center: Double) throws(OsteonError) -> osteon_moments {
        precondition(part.lowerBound >= 0 && part.upperBound <= tensor.count)
        let chunks = part.count / Int(OSTEON_MOMENTS_CHUNK) + 1
        let scratch = try TensorStorage(byteCount: chunks * MemoryLayout<osteon_moments>.stride)
        return withExtendedLifetime((tensor, scratch)) {
            guard let start = unsafe tensor.unsafeElements(Float.self).baseAddress else { return osteon_moments() }
            return unsafe osteon_moments_run(
                start + part.lowerBound, part.count, nonzero ? 1 : 0, center,
                scratch.memory.baseAddress?.assumingMemoryBound(to: osteon_moments.self), threads)
        }
    }

    // MARK: Decisions

    /// The index of the largest channel, the first of equals: `u8`.
    static func largestChannel(_ values: Tensor, into result: Tensor) {
        precondition(values.shape[0] * result.count == values.count)
        withExtendedLifetime((values, result)) {
            unsafe osteon_argmax_bytes(
                values.unsafeElements(Float.self).baseAddress, values.shape[0], result.count,
                result.unsafeMutableElements(UInt8.self).baseAddress, result.count, threads)
        }
    }

    /// Softmax over the channels.
    static func softmax(_ source: Tensor, into result: Tensor) {
        let channels = source.shape[0]
        withExtendedLifetime((source, result)) {
            unsafe osteon_softmax(
                osteon_ops_for(osteon_detect_isa()), source.unsafeElements(Float.self).baseAddress,
                result.unsafeMutableElements(Float.self).baseAddress, 1, channels, channels == 0 ? 0 : source.count / channels, 0, threads)
        }
    }

    /// The logistic function of each value.
    static func sigmoid(_ source: Tensor, into result: Tensor) {
        let floats = osteon_form(element: OSTEON_F32, scale: 1, zero: 0)
        let function = osteon_map(kind: OSTEON_SIGMOID, alpha: 0, beta: 0)
        unsafe call(source, result) {
            unsafe osteon_map_all(osteon_ops_for(osteon_detect_isa()), function, floats, $0, floats, $1, source.count, threads)
        }
    }

    private static func call(_ source: Tensor, _ result: Tensor, _ body: (UnsafeRawPointer?, UnsafeMutableRawPointer?) -> Void) {
        withExtendedLifetime((source, result)) { unsafe body(source.unsafeBytes.baseAddress, result.unsafeMutableBytes.baseAddress) }
    }
}

extension Array where Element == Int {
    /// The numbers as C has them in an array of eight, zeros behind.
    var eight: (Int, Int, Int, Int, Int, Int, Int, Int) {
        func at(_ index: Int) -> Int { index < count ? self[index] : 0 }
        return (at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7))
    }

    /// The numbers as C has them in an array of three, zeros behind.
    var three: (Int32, Int32, Int32) {
        func at(_ index: Int) -> Int32 { index < count ? Int32(self[index]) : 0 }
        return (at(0), at(1), at(2))
    }
}
