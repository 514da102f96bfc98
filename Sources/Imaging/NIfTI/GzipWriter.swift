import Bytes
import CZlib
import Tensors

/// Makes a gzip file in memory, piece by piece; the same bytes for the same input, with no time and no name in it.
///
/// What's made lies in blocks under the memory budget, so that nothing is moved or held twice while it grows.
final class GzipWriter {
    private var stream = z_stream()
    private var blocks: [TensorStorage] = []
    /// Bytes of the last block that are written.
    private var filled = GzipWriter.blockSize
    private let isCompressed: Bool
    private static let blockSize = 1 << 22

    /// - Parameter isCompressed: false gathers the bytes as they are.
    init(isCompressed: Bool) throws(OsteonError) {
        self.isCompressed = isCompressed
        guard isCompressed else { return }
        guard
            deflateInit2_(&stream, 4, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
                == Z_OK
        else {
            throw OsteonError(.limitExceeded, "Out of memory while compressing.")
        }
    }

    deinit { if isCompressed { deflateEnd(&stream) } }

    func write(_ bytes: UnsafeRawBufferPointer) throws(OsteonError) {
        var done = 0
        while done < bytes.count, let start = bytes.baseAddress {
            let count = min(bytes.count - done, isCompressed ? 1 << 30 : Self.blockSize)
            if isCompressed {
                stream.next_in = UnsafeMutablePointer(mutating: (start + done).assumingMemoryBound(to: UInt8.self))
                stream.avail_in = UInt32(count)
                try deflateAll(Z_NO_FLUSH)
                done += count
            } else {
                let part = min(count, try room().count)
                try room().copyMemory(from: UnsafeRawBufferPointer(start: start + done, count: part))
                filled += part
                done += part
            }
        }
    }

    /// Ends the file and writes it, whole or not at all; nothing may be written after.
    func write(to path: String) throws(OsteonError) {
        if isCompressed { try deflateAll(Z_FINISH) }
        let buffers = blocks.enumerated().map { index, block in
            UnsafeRawBufferPointer(start: block.bytes.baseAddress, count: index == blocks.count - 1 ? filled : Self.blockSize)
        }
        try AtomicFile.write(buffers, to: path)
        withExtendedLifetime(blocks) {}
    }

    /// Free bytes to write to, one at least.
    private func room() throws(OsteonError) -> UnsafeMutableRawBufferPointer {
        if filled == Self.blockSize {
            blocks.append(try TensorStorage(byteCount: Self.blockSize))
            filled = 0
        }
        return UnsafeMutableRawBufferPointer(rebasing: blocks[blocks.count - 1].bytes[filled...])
    }

    private func deflateAll(_ flush: Int32) throws(OsteonError) {
        while true {
            let room = try room()
            stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(room.count)
            let status = deflate(&stream, flush)
            filled += room.count - Int(stream.avail_out)
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw OsteonError(.internalFault, "Compressing failed (\(status)).")
            }
            if status == Z_STREAM_END || stream.avail_out != 0 { return }
        }
    }
}
