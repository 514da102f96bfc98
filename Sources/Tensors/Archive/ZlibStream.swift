import Bytes
import CZlib

/// One of zlib's streams: deflate data (RFC 1951) made or undone piece by piece.
@safe package final class ZlibStream {
    package enum Kind: Sendable {
        /// Decompresses a bare stream, one with zlib's header and checksum (RFC 1950), one member of a gzip file (RFC 1952).
        case inflateRaw, inflateZlib, inflateGzip
        /// Compresses to gzip, with no time and no name.
        case deflateGzip(level: Int32)
    }

    package enum Status: Sendable {
        case going, ended
        /// Nothing could be done without more input or room.
        case stalled
        case failed(Int32)
    }

    /// What one step did: bytes taken and made.
    package struct Step: Sendable {
        package let consumed: Int, produced: Int, status: Status
    }

    /// At one address from the beginning to the end: zlib keeps it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let isDeflating: Bool
    /// The most bytes in or out of one step; zlib counts them in 32 bits.
    private static let mostBytes = 1 << 30

    /// - Throws: `.limitExceeded` where there's no memory.
    package init(_ kind: Kind) throws(OsteonError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let size = Int32(unsafe MemoryLayout<z_stream>.size)
        let status: Int32
        switch kind {
        case .inflateRaw: status = unsafe inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, size)
        case .inflateZlib: status = unsafe inflateInit2_(stream, MAX_WBITS, ZLIB_VERSION, size)
        case .inflateGzip: status = unsafe inflateInit2_(stream, MAX_WBITS + 16, ZLIB_VERSION, size)
        case .deflateGzip(let level):
            status = unsafe deflateInit2_(stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        }
        if case .deflateGzip = kind { isDeflating = true } else { isDeflating = false }
        guard status == Z_OK else {
            throw OsteonError(.limitExceeded, "Out of memory while \(isDeflating ? "compressing" : "decompressing").")
        }
    }

    deinit {
        // Both refuse a stream that was never begun.
        if isDeflating { unsafe deflateEnd(stream) } else { unsafe inflateEnd(stream) }
        unsafe stream.deallocate()
    }

    /// Begins another stream of the same kind.
    package func reset() throws(OsteonError) {
        guard unsafe (isDeflating ? deflateReset(stream) : inflateReset(stream)) == Z_OK else {
            throw OsteonError(.limitExceeded, "Out of memory while decompressing.")
        }
    }

    /// Takes from `input` and writes to `output` from `start` on, as far as either goes.
    /// - Parameters:
    ///   - end: where to stop writing; nil for the end of `output`.
    ///   - isLast: whether nothing follows `input`.
    @_lifetime(output: copy output)
    package func step(
        _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>, at start: Int, upTo end: Int? = nil, isLast: Bool = false
    ) -> Step {
        let offered = min(input.count, Self.mostBytes)
        let end = end ?? output.count
        precondition(start >= 0 && start <= end && end <= output.count)
        let wanted = min(end - start, Self.mostBytes)
        var spare: UInt8 = 0  // zlib wants an address even where nothing is to be read or written
        let status = unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe input.withUnsafeBufferPointer { input in
                unsafe withUnsafeMutablePointer(to: &spare) { spare in
                    unsafe stream.pointee.next_in = input.baseAddress.map { unsafe UnsafeMutablePointer(mutating: $0) } ?? spare
                    unsafe stream.pointee.avail_in = UInt32(offered)
                    unsafe stream.pointee.next_out = output.baseAddress.map { unsafe $0 + start } ?? spare
                    unsafe stream.pointee.avail_out = UInt32(wanted)
                    return unsafe isDeflating ? deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH) : inflate(stream, Z_NO_FLUSH)
                }
            }
        }
        let outcome: Status =
            switch status {
            case Z_OK: .going
            case Z_STREAM_END: .ended
            case Z_BUF_ERROR: .stalled
            default: .failed(status)
            }
        return unsafe Step(
            consumed: offered - Int(stream.pointee.avail_in), produced: wanted - Int(stream.pointee.avail_out), status: outcome)
    }
}
