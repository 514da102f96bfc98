import Bytes
import Tensors

/// Reads a file from its start, piece by piece: as it is, or through gzip (RFC 1952; several members read as one, as bgzip
/// writes them). Never holds more than what's asked for.
final class VolumeStream {
    private let file: MappedFile
    /// nil for a file that's read as it is.
    private let stream: ZlibStream?
    private var consumed = 0
    private var isFinished = false

    init(_ file: MappedFile) throws(OsteonError) {
        self.file = file
        stream = Self.isGzip(file.bytes) ? try ZlibStream(.inflateGzip) : nil
    }

    static func isGzip(_ bytes: SharedBytes) -> Bool { bytes.count > 2 && bytes[0] == 0x1F && bytes[1] == 0x8B }

    /// No more bytes than these can come out: a deflate stream grows at most 1032-fold.
    var mostBytes: Int { stream != nil ? (file.count &* 1032) &+ 1024 : file.count }

    /// Fills as much of `output` as there are bytes left.
    /// - Parameters:
    ///   - start: the first place that's written.
    ///   - end: where to stop; nil for the end of `output`.
    /// - Returns: the bytes written.
    func read(into output: inout MutableSpan<UInt8>, from start: Int = 0, upTo end: Int? = nil) throws(OsteonError) -> Int {
        let end = end ?? output.count
        let bytes = file.bytes
        guard let stream else {
            let count = min(end - start, bytes.count - consumed)
            output.copy(bytes.span.extracting(consumed..<consumed + count), to: start)
            consumed += count
            file.release(before: consumed)
            return count
        }
        var produced = start
        while produced < end, !isFinished {
            guard consumed < bytes.count else {
                throw OsteonError(.malformed, "The compressed file ends too early.", offset: consumed)
            }
            let step = stream.step(bytes.span.extracting(consumed..<bytes.count), into: &output, at: produced, upTo: end)
            consumed += step.consumed
            produced += step.produced
            switch step.status {
            case .ended: try nextMember(stream)
            case .going: break
            case .stalled where produced == end: break
            case .stalled, .failed: throw OsteonError(.malformed, "The compressed file is damaged.", offset: consumed)
            }
        }
        file.release(before: consumed)
        return produced - start
    }

    private func nextMember(_ stream: ZlibStream) throws(OsteonError) {
        // Zeros after the last member are padding.
        while consumed < file.count, file.bytes[consumed] == 0 { consumed += 1 }
        guard consumed < file.count else {
            isFinished = true
            return
        }
        try stream.reset()
    }

    /// Reads to the end, so that every checksum is checked.
    /// - Throws: `.malformed` where more than `limit` bytes follow.
    func finish(limit: Int) throws(OsteonError) {
        guard stream != nil else {
            guard file.count - consumed <= limit else { throw tooLong(file.count - consumed) }
            return
        }
        var rest = [UInt8](repeating: 0, count: 4096)
        var seen = 0
        while true {
            var room = rest.mutableSpan
            let count = try read(into: &room)
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
