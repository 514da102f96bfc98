import Bytes
import Tensors

/// A part of a file to be written, in its own memory.
enum FilePiece {
    case bytes([UInt8])
    case tensor(Tensor)

    var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .tensor(let tensor): tensor.byteCount
        }
    }

    var content: SharedBytes {
        switch self {
        case .bytes(let bytes): SharedBytes(bytes)
        case .tensor(let tensor): tensor.bytes
        }
    }
}

extension [FilePiece] {
    func write(to path: String) throws(OsteonError) {
        try AtomicFile.write(map(\.content), to: path)
    }

    func digest() -> SHA256Digest { SHA256Digest(of: map(\.content)) }
}
