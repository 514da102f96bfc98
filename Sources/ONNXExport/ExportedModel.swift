import Bytes
import Foundation
import SwiftProtobuf
import Tensors
import WireFormats

/// An ONNX model ready to be written. The weights stay where they are: they go from their own memory straight into the file.
public struct ExportedModel: Sendable {
    /// The messages without weights: the model but for its graph, and the graph but for its constants.
    let head: [UInt8]
    let body: [UInt8]
    let tensors: [(name: String, tensor: Tensor)]
    let externalData: Bool?
    public let nodeCount: Int

    /// No protobuf message may be larger, and little room is left for readers that add to it.
    private static let largestMessage = (1 << 31) - (1 << 24)
    /// Smaller constants (shapes, axes) stay in the model, where readers look for them.
    private static let smallestExternal = 1024
    /// Where a tensor begins in its file: at pages, so that it can be mapped.
    private static let externalAlignment = 4096

    private var weightBytes: Int { tensors.reduce(0) { $0 + $1.tensor.byteCount } }

    /// Whether weights go into a file of their own.
    public var hasExternalData: Bool {
        externalData ?? (head.count + body.count + weightBytes + 128 * tensors.count > Self.largestMessage)
    }

    /// The file of the weights for the model at `path`.
    public static func dataPath(for path: String) -> String { path + ".data" }

    /// Writes the model, each file whole or not at all, the weights' first. Equal graphs give equal bytes.
    /// - Throws: `.outputFailed`; `.limitExceeded` where the model passes 2 GiB though its weights are to be in it.
    public func write(to path: String) throws(OsteonError) {
        let dataName = (Self.dataPath(for: path) as NSString).lastPathComponent
        let layout = try layout(external: hasExternalData ? dataName : nil)
        if !layout.data.isEmpty { try Self.write(layout.data, to: Self.dataPath(for: path)) }
        try Self.write(layout.model, to: path)
    }

    /// The whole model in memory; for small ones.
    public func encoded() throws(OsteonError) -> [UInt8] {
        var result: [UInt8] = []
        for piece in try layout(external: nil).model { piece.withBytes { result += $0 } }
        return result
    }

    // MARK: Pieces

    private enum Piece {
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

    private static func write(_ pieces: [Piece], to path: String) throws(OsteonError) {
        // One block for all small pieces, so that every buffer has an address that lasts.
        let small = try TensorStorage(byteCount: pieces.reduce(0) { if case .bytes(let bytes) = $1 { $0 + bytes.count } else { $0 } })
        var buffers: [UnsafeRawBufferPointer] = [], used = 0
        for piece in pieces {
            switch piece {
            case .bytes(let bytes):
                let place = UnsafeMutableRawBufferPointer(rebasing: small.bytes[used ..< used + bytes.count])
                place.copyBytes(from: bytes)
                buffers.append(UnsafeRawBufferPointer(place))
                used += bytes.count
            case .tensor(let tensor): buffers.append(tensor.unsafeBytes)
            }
        }
        try withExtendedLifetime((small, pieces)) { () throws(OsteonError) in try AtomicFile.write(buffers, to: path) }
    }

    /// The files in pieces.
    /// - Parameter external: the name of the file of the weights; nil for none.
    private func layout(external: String?) throws(OsteonError) -> (model: [Piece], data: [Piece]) {
        var graph: [Piece] = [.bytes(body)], data: [Piece] = [], offset = 0
        for (name, tensor) in tensors {
            var message = Onnx_TensorProto(describing: tensor, name: name)
            if let external, tensor.byteCount >= Self.smallestExternal {
                let start = try Checked.roundUp(offset, to: Self.externalAlignment)
                if start > offset { data.append(.bytes([UInt8](repeating: 0, count: start - offset))) }
                data.append(.tensor(tensor))
                offset = try Checked.add(start, tensor.byteCount)
                message.refer(to: external, offset: start, count: tensor.byteCount)
                let bytes = try Self.encoded(message)
                graph.append(.bytes(Self.field(5, bytes.count) + bytes))
            } else {
                let start = try Self.encoded(message), raw = Self.field(9, tensor.byteCount)
                graph.append(.bytes(Self.field(5, start.count + raw.count + tensor.byteCount) + start + raw))
                graph.append(.tensor(tensor))
            }
        }
        let size = graph.reduce(0) { $0 + $1.count }
        guard head.count + size <= Self.largestMessage else {
            throw OsteonError(.limitExceeded, "The model takes \(size) bytes, more than protobuf's 2 GiB; let its weights go into a file of their own (--external-data).")
        }
        return ([.bytes(head + Self.field(7, size))] + graph, data)
    }

    /// The tag and length in front of a field of bytes.
    private static func field(_ number: UInt8, _ count: Int) -> [UInt8] {
        var result = [number << 3 | 2], rest = UInt64(count)
        while rest >= 0x80 {
            result.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        result.append(UInt8(truncatingIfNeeded: rest))
        return result
    }

    private static func encoded(_ message: Onnx_TensorProto) throws(OsteonError) -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            throw OsteonError(.internalFault, "A tensor can't be described: \(error).")
        }
    }
}

extension Onnx_TensorProto {
    /// Says that the elements are in another file.
    fileprivate mutating func refer(to file: String, offset: Int, count: Int) {
        dataLocation = .external
        externalData = [("location", file), ("offset", "\(offset)"), ("length", "\(count)")].map { key, value in
            var entry = Onnx_StringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            return entry
        }
    }
}
