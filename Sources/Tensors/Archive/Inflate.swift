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
    static func raw(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(OsteonError) {
        try fill(output, from: input, windowBits: -MAX_WBITS)
    }

    /// Fills `output` exactly from `input`, which has zlib's header and checksum (RFC 1950).
    /// - Throws: `.malformed` where the stream is damaged, or longer or shorter than either.
    package static func zlib(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(OsteonError) {
        try fill(output, from: input, windowBits: MAX_WBITS)
    }

    private static func fill(
        _ output: UnsafeMutableRawBufferPointer, from input: UnsafeRawBufferPointer, windowBits: Int32
    ) throws(OsteonError) {
        var stream = z_stream()
        guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw OsteonError(.limitExceeded, "Out of memory while decompressing.")
        }
        defer { inflateEnd(&stream) }
        var spare: UInt8 = 0  // zlib wants an address even where nothing is to be written
        var consumed = 0
        var produced = 0
        while true {
            let sourceCount = min(input.count - consumed, 1 << 30)
            let targetCount = min(output.count - produced, 1 << 30)
            let source = input.baseAddress.map { UnsafeMutablePointer(mutating: ($0 + consumed).assumingMemoryBound(to: UInt8.self)) }
            let target = output.baseAddress.map { ($0 + produced).assumingMemoryBound(to: UInt8.self) }
            let status = withUnsafeMutablePointer(to: &spare) { empty in
                stream.next_in = source ?? empty
                stream.avail_in = UInt32(sourceCount)
                stream.next_out = target ?? empty
                stream.avail_out = UInt32(targetCount)
                return inflate(&stream, Z_NO_FLUSH)
            }
            let read = sourceCount - Int(stream.avail_in)
            let written = targetCount - Int(stream.avail_out)
            consumed += read
            produced += written
            if status == Z_STREAM_END { break }
            guard status == Z_OK, read + written > 0 else {
                throw OsteonError(.malformed, "Compressed data is damaged, or longer than its directory says.", offset: consumed)
            }
        }
        guard consumed == input.count, produced == output.count else {
            throw OsteonError(
                .malformed, "Compressed data gives \(produced) bytes of \(output.count) from \(consumed) of \(input.count).")
        }
    }

    /// The CRC-32 of ZIP, gzip and PNG.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var value = crc32(0, nil, 0)
        var done = 0
        while done < bytes.count, let start = bytes.baseAddress {
            let count = min(bytes.count - done, 1 << 30)
            value = crc32(value, (start + done).assumingMemoryBound(to: UInt8.self), UInt32(count))
            done += count
        }
        return UInt32(truncatingIfNeeded: value)
    }
}
