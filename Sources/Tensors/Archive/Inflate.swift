import Bytes
import CZlib

/// Deflate streams (RFC 1951) through zlib, into memory whose size is known beforehand.
package enum Inflate {
    /// The most bytes a deflate stream of `count` bytes can expand to (1032 for 1, and the end of block).
    package static func mostBytes(from count: Int) -> Int {
        count.multipliedReportingOverflow(by: 1032).overflow ? Int.max : count * 1032 + 1024
    }

    /// Fills `output` exactly from the bare stream `input`.
    /// - Throws: `.malformed` where the stream is damaged, or longer or shorter than either.
    @_lifetime(output: copy output)
    static func raw(_ input: Span<UInt8>, into output: inout MutableSpan<UInt8>) throws(OsteonError) {
        try fill(&output, from: input, ZlibStream(.inflateRaw))
    }

    /// Fills `output` exactly from `input`, which has zlib's header and checksum (RFC 1950).
    /// - Throws: `.malformed` where the stream is damaged, or longer or shorter than either.
    @_lifetime(output: copy output)
    package static func zlib(_ input: Span<UInt8>, into output: inout MutableSpan<UInt8>) throws(OsteonError) {
        try fill(&output, from: input, ZlibStream(.inflateZlib))
    }

    @_lifetime(output: copy output)
    private static func fill(_ output: inout MutableSpan<UInt8>, from input: Span<UInt8>, _ stream: ZlibStream) throws(OsteonError) {
        var consumed = 0
        var produced = 0
        while true {
            let step = stream.step(input.extracting(consumed..<input.count), into: &output, at: produced)
            consumed += step.consumed
            produced += step.produced
            if case .ended = step.status { break }
            guard case .going = step.status, step.consumed + step.produced > 0 else {
                throw OsteonError(.malformed, "Compressed data is damaged, or longer than its directory says.", offset: consumed)
            }
        }
        guard consumed == input.count, produced == output.count else {
            throw OsteonError(
                .malformed, "Compressed data gives \(produced) bytes of \(output.count) from \(consumed) of \(input.count).")
        }
    }

    /// The CRC-32 of ZIP, gzip and PNG.
    static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
        var value: UInt = 0
        var done = 0
        while done < bytes.count {
            let count = min(bytes.count - done, 1 << 30)
            unsafe bytes.extracting(done..<done + count).withUnsafeBufferPointer {
                value = unsafe crc32(value, $0.baseAddress, UInt32(count))
            }
            done += count
        }
        return UInt32(truncatingIfNeeded: value)
    }
}
