import Bytes
import SwiftProtobuf
import Tensors
import WireFormats

/// An ONNX model ready to be written. The weights stay where they are: they go from their own memory straight into the file.
package struct ExportedModel: Sendable {
    /// The messages without weights: the model but for its graph, and the graph but for its constants.
    let head: [UInt8]
    let body: [UInt8]
    let tensors: [(name: String, tensor: Tensor)]
    let externalData: Bool?
    package let nodeCount: Int

    /// No protobuf message may be larger, and little room is left for readers that add to it.
    private static let largestMessage = (1 << 31) - (1 << 24)

    private var weightBytes: Int { tensors.reduce(0) { $0 + $1.tensor.byteCount } }

    /// Whether weights go into a file of their own.
    package var hasExternalData: Bool {
        externalData ?? (head.count + body.count + weightBytes + 128 * tensors.count > Self.largestMessage)
    }

    /// Writes the model, each file whole or not at all, the weights' first. Equal graphs give equal bytes.
    ///
    /// The weights' file is named by its content (`ExternalData`), so that a model never finds other weights than its own, whatever
    /// is written over it at the same time or was there before.
    /// - Returns: the files, the model's first.
    /// - Throws: `.outputFailed`; `.limitExceeded` where the model passes 2 GiB though its weights are to be in it.
    @discardableResult
    package func write(to path: String) throws(OsteonError) -> [String] {
        var files = [path]
        let data = hasExternalData ? try ExternalData(tensors.map(\.tensor)) : nil
        let name = data.flatMap { $0.pieces.isEmpty ? nil : $0.name(beside: path) }
        let model = try pieces(data, named: name)
        if let data, let name {
            files.append(Paths.join(Paths.folder(of: path), name))
            try data.pieces.write(to: files[1])
        }
        try model.write(to: path)
        return files
    }

    /// The whole model in memory; for small ones.
    package func encoded() throws(OsteonError) -> [UInt8] {
        var result: [UInt8] = []
        for piece in try pieces(nil, named: nil) { result += piece.content }
        return result
    }

    // MARK: Pieces

    /// The model's file in pieces.
    /// - Parameters:
    ///   - data: where weights lie in a file of their own; nil where they're in the model.
    ///   - name: that file's.
    private func pieces(_ data: ExternalData?, named name: String?) throws(OsteonError) -> [FilePiece] {
        var graph: [FilePiece] = [.bytes(body)]
        for (index, entry) in tensors.enumerated() {
            let tensor = entry.tensor
            var message = Onnx_TensorProto(describing: tensor, name: entry.name)
            if let name, let offset = data?.offsets[index] {
                message.refer(to: name, offset: offset, count: tensor.byteCount)
                let bytes = try Self.encoded(message)
                graph.append(.bytes(Self.field(5, bytes.count) + bytes))
            } else {
                let start = try Self.encoded(message)
                let raw = Self.field(9, tensor.byteCount)
                graph.append(.bytes(Self.field(5, start.count + raw.count + tensor.byteCount) + start + raw))
                graph.append(.tensor(tensor))
            }
        }
        let size = graph.reduce(0) { $0 + $1.count }
        guard head.count + size <= Self.largestMessage else {
            throw OsteonError(
                .limitExceeded,
                """
                The model takes \(size) bytes, more than protobuf's 2 GiB; let its weights go into a file of their own \
                (\(Parameter.externalData)).
                """
            )
        }
        return [.bytes(head + Self.field(7, size))] + graph
    }

    /// The tag and length in front of a field of bytes.
    private static func field(_ number: UInt8, _ count: Int) -> [UInt8] {
        var result = [number << 3 | 2]
        var rest = UInt64(count)
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
