import Bytes
import CZlib

/// Reads a file from its start, piece by piece: as it is, or through gzip (RFC 1952; several members read as one, as bgzip
/// writes them). Never holds more than what's asked for.
final class VolumeStream {
    private let file: MappedFile
    private let isCompressed: Bool
    private var stream = z_stream()
    private var consumed = 0
    private var isFinished = false
    private var isOpen = false

    init(_ file: MappedFile) throws(OsteonError) {
        self.file = file
        isCompressed = Self.isGzip(file.bytes)
        if isCompressed {
            guard inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                throw OsteonError(.limitExceeded, "Out of memory while decompressing.")
            }
            isOpen = true
        }
    }

    deinit { if isOpen { inflateEnd(&stream) } }

    static func isGzip(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.count > 2 && bytes[0] == 0x1F && bytes[1] == 0x8B }

    /// No more bytes than these can come out: a deflate stream grows at most 1032-fold.
    var mostBytes: Int { isCompressed ? (file.count &* 1032) &+ 1024 : file.count }

    /// Fills as much of `output` as there are bytes left.
    /// - Returns: the bytes written.
    func read(into output: UnsafeMutableRawBufferPointer) throws(OsteonError) -> Int {
        guard isCompressed else {
            let count = min(output.count, file.count - consumed)
            if count > 0, let from = file.bytes.baseAddress, let to = output.baseAddress { to.copyMemory(from: from + consumed, byteCount: count) }
            consumed += count
            file.release(before: consumed)
            return count
        }
        var produced = 0
        while produced < output.count, !isFinished {
            let wanted = min(output.count - produced, 1 << 30), offered = min(file.count - consumed, 1 << 30)
            guard let from = file.bytes.baseAddress, let to = output.baseAddress, offered > 0 else {
                throw OsteonError(.malformed, "The compressed file ends too early.", offset: consumed)
            }
            stream.next_in = UnsafeMutablePointer(mutating: (from + consumed).assumingMemoryBound(to: UInt8.self))
            stream.avail_in = UInt32(offered)
            stream.next_out = (to + produced).assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(wanted)
            let status = inflate(&stream, Z_NO_FLUSH)
            consumed += offered - Int(stream.avail_in)
            produced += wanted - Int(stream.avail_out)
            switch status {
            case Z_STREAM_END: try nextMember()
            case Z_OK: break
            case Z_BUF_ERROR where stream.avail_out == 0: break
            default: throw OsteonError(.malformed, "The compressed file is damaged.", offset: consumed)
            }
        }
        file.release(before: consumed)
        return produced
    }

    private func nextMember() throws(OsteonError) {
        // Zeros after the last member are padding.
        while consumed < file.count, file.bytes[consumed] == 0 { consumed += 1 }
        guard consumed < file.count else {
            isFinished = true
            return
        }
        guard inflateReset(&stream) == Z_OK else { throw OsteonError(.limitExceeded, "Out of memory while decompressing.") }
    }

    /// Reads to the end, so that every checksum is checked.
    /// - Throws: `.malformed` where more than `limit` bytes follow.
    func finish(limit: Int) throws(OsteonError) {
        guard isCompressed else {
            guard file.count - consumed <= limit else { throw tooLong(file.count - consumed) }
            return
        }
        var rest = [UInt8](repeating: 0, count: 4096), seen = 0
        while true {
            let count = try rest.withRawMutableBytes { (buffer) throws(OsteonError) in try read(into: buffer) }
            if count == 0 { return }
            seen += count
            guard seen <= limit else { throw tooLong(seen) }
        }
    }

    private func tooLong(_ count: Int) -> OsteonError {
        OsteonError(.malformed, "\(count) or more bytes follow the voxels that the header describes: it hides some of them, or the file is damaged.")
    }
}

extension Array where Element == UInt8 {
    /// The bytes for writing, for a body that throws `OsteonError`.
    mutating func withRawMutableBytes<T>(_ body: (UnsafeMutableRawBufferPointer) throws(OsteonError) -> T) throws(OsteonError) -> T {
        try withUnsafeMutableBufferPointer { (buffer) throws(OsteonError) in try body(UnsafeMutableRawBufferPointer(buffer)) }
    }
}

/// Makes a gzip file in memory, piece by piece; the same bytes for the same input, with no time and no name in it.
final class GzipWriter {
    private var stream = z_stream()
    private var output: [UInt8] = []
    private let isCompressed: Bool

    /// - Parameter isCompressed: false gathers the bytes as they are.
    init(isCompressed: Bool) throws(OsteonError) {
        self.isCompressed = isCompressed
        guard isCompressed else { return }
        guard deflateInit2_(&stream, 4, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw OsteonError(.limitExceeded, "Out of memory while compressing.")
        }
    }

    deinit { if isCompressed { deflateEnd(&stream) } }

    func write(_ bytes: UnsafeRawBufferPointer) throws(OsteonError) {
        guard isCompressed else {
            output.append(contentsOf: bytes)
            return
        }
        var done = 0
        while done < bytes.count, let start = bytes.baseAddress {
            let count = min(bytes.count - done, 1 << 30)
            stream.next_in = UnsafeMutablePointer(mutating: (start + done).assumingMemoryBound(to: UInt8.self))
            stream.avail_in = UInt32(count)
            try deflateAll(Z_NO_FLUSH)
            done += count
        }
    }

    /// All bytes; nothing may be written after.
    func finished() throws(OsteonError) -> [UInt8] {
        if isCompressed { try deflateAll(Z_FINISH) }
        return output
    }

    private func deflateAll(_ flush: Int32) throws(OsteonError) {
        var room = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let (status, count) = room.withUnsafeMutableBufferPointer { buffer -> (Int32, Int) in
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                let status = deflate(&stream, flush)
                return (status, buffer.count - Int(stream.avail_out))
            }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw OsteonError(.internalFault, "Compressing failed (\(status)).")
            }
            output.append(contentsOf: room[..<count])
            if status == Z_STREAM_END || stream.avail_out != 0 { return }
        }
    }
}
