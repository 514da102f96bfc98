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
            if count > 0, let from = file.bytes.baseAddress, let to = output.baseAddress {
                to.copyMemory(from: from + consumed, byteCount: count)
            }
            consumed += count
            file.release(before: consumed)
            return count
        }
        var produced = 0
        while produced < output.count, !isFinished {
            let wanted = min(output.count - produced, 1 << 30)
            let offered = min(file.count - consumed, 1 << 30)
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
        var rest = [UInt8](repeating: 0, count: 4096)
        var seen = 0
        while true {
            let count = try rest.withRawMutableBytes { (buffer) throws(OsteonError) in try read(into: buffer) }
            if count == 0 { return }
            seen += count
            guard seen <= limit else { throw tooLong(seen) }
        }
    }

    /// What `body` reads; `.unreadable` where the file changed meanwhile, whatever came of it.
    func settled<T>(_ body: () throws(OsteonError) -> T) throws(OsteonError) -> T { try file.settled(body) }

    private func tooLong(_ count: Int) -> OsteonError {
        OsteonError(
            .malformed, "\(count) or more bytes follow the voxels that the header describes: it hides some of them, or the file is damaged."
        )
    }
}

extension Array where Element == UInt8 {
    /// The bytes for writing, for a body that throws `OsteonError`.
    mutating func withRawMutableBytes<T>(_ body: (UnsafeMutableRawBufferPointer) throws(OsteonError) -> T) throws(OsteonError) -> T {
        try withUnsafeMutableBufferPointer { (buffer) throws(OsteonError) in try body(UnsafeMutableRawBufferPointer(buffer)) }
    }
}
