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

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        switch self {
        case .bytes(let bytes): bytes.withUnsafeBytes(body)
        case .tensor(let tensor): withExtendedLifetime(tensor) { body(tensor.unsafeBytes) }
        }
    }
}

extension [FilePiece] {
    func write(to path: String) throws(OsteonError) {
        try withBuffers { (buffers) throws(OsteonError) in try AtomicFile.write(buffers, to: path) }
    }

    func digest() throws(OsteonError) -> SHA256Digest {
        try withBuffers { (buffers) throws(OsteonError) in SHA256Digest(of: buffers) }
    }

    /// The pieces where they lie; small ones in one block, so that every buffer has an address that lasts.
    private func withBuffers<T>(_ body: ([UnsafeRawBufferPointer]) throws(OsteonError) -> T) throws(OsteonError) -> T {
        let small = try TensorStorage(byteCount: reduce(0) { if case .bytes(let bytes) = $1 { $0 + bytes.count } else { $0 } })
        var buffers: [UnsafeRawBufferPointer] = []
        var used = 0
        for piece in self {
            switch piece {
            case .bytes(let bytes):
                let place = UnsafeMutableRawBufferPointer(rebasing: small.bytes[used..<used + bytes.count])
                place.copyBytes(from: bytes)
                buffers.append(UnsafeRawBufferPointer(place))
                used += bytes.count
            case .tensor(let tensor): buffers.append(tensor.unsafeBytes)
            }
        }
        return try withExtendedLifetime((small, self)) { () throws(OsteonError) in try body(buffers) }
    }
}
