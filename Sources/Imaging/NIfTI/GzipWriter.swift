import Bytes
import Tensors

/// Makes a gzip file in memory, piece by piece; the same bytes for the same input, with no time and no name in it.
///
/// What's made lies in blocks under the memory budget, so that nothing is moved or held twice while it grows.
final class GzipWriter {
    /// nil gathers the bytes as they are.
    private let stream: ZlibStream?
    private var blocks: [TensorStorage] = []
    /// Bytes of the last block that are written.
    private var filled = GzipWriter.blockSize
    private static let blockSize = 1 << 22

    /// - Parameter isCompressed: false gathers the bytes as they are.
    init(isCompressed: Bool) throws(OsteonError) { stream = isCompressed ? try ZlibStream(.deflateGzip(level: 4)) : nil }

    func write(_ bytes: Span<UInt8>) throws(OsteonError) {
        if let stream { return try deflate(stream, bytes, isLast: false) }
        var done = 0
        while done < bytes.count {
            let block = try room()
            let part = min(bytes.count - done, Self.blockSize - filled)
            var target = block.mutableBytes
            target.copy(bytes.extracting(done..<done + part), to: filled)
            filled += part
            done += part
        }
    }

    /// Ends the file and writes it, whole or not at all; nothing may be written after.
    func write(to path: String) throws(OsteonError) {
        if let stream { try deflate(stream, [UInt8]().span, isLast: true) }
        let buffers = blocks.enumerated().map { index, block in
            index == blocks.count - 1 ? block.bytes.extracting(..<filled) : block.bytes
        }
        try AtomicFile.write(buffers, to: path)
    }

    /// A block with free bytes from `filled` on, one at least.
    private func room() throws(OsteonError) -> TensorStorage {
        if let last = blocks.last, filled < Self.blockSize { return last }
        let block = try TensorStorage(byteCount: Self.blockSize)
        blocks.append(block)
        filled = 0
        return block
    }

    private func deflate(_ stream: ZlibStream, _ bytes: Span<UInt8>, isLast: Bool) throws(OsteonError) {
        var done = 0
        while true {
            let block = try room()
            var target = block.mutableBytes
            let step = stream.step(bytes.extracting(done..<bytes.count), into: &target, at: filled, isLast: isLast)
            filled += step.produced
            done += step.consumed
            switch step.status {
            case .ended: return
            case .failed(let status): throw OsteonError(.internalFault, "Compressing failed (\(status)).")
            case .going, .stalled: if filled < Self.blockSize, done == bytes.count { return }
            }
        }
    }
}
