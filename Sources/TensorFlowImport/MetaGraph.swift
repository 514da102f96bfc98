import Bytes
import WireFormats

/// A graph with what's said about it: the content of a `.meta` file, or one graph of a SavedModel.
struct MetaGraph {
    var graph = Tensorflow_GraphDef()
    var description = Tensorflow_MetaGraphDescription()

    /// Whether `bytes` begin as a MetaGraphDef does: a description, then a graph with nodes.
    static func recognizes(_ bytes: SharedBytes) -> Bool {
        var reader = ByteReader(bytes)
        while let field = try? WireField(from: &reader), field.wireType == 2, field.number <= 2 {
            if field.number == 2 { return GraphDefFile.recognizes(field.payload) }
        }
        return false
    }

    /// - Parameter bytes: a MetaGraphDef within `file`.
    init(_ bytes: SharedBytes, of file: MappedFile) throws(OsteonError) {
        var reader = ByteReader(bytes)
        var rest: [UInt8] = []
        while let field = try WireField(from: &reader) {
            switch field.number {
            case 2 where field.wireType == 2: try GraphDefFile.decode(field.payload, of: file, into: &graph)
            // Fields of a message may be decoded from their bytes joined.
            case 1, 3, 5: rest += bytes[field.offset..<reader.position]
            default: break
            }
        }
        description = try decodeMessage(SharedBytes(rest), "The graph's description")
        guard !graph.node.isEmpty else {
            throw OsteonError(.malformed, "There's no graph with nodes in the file.")
        }
    }

    /// Framework and version, as far as the file says.
    var producer: String {
        let version = description.metaInfoDef.tensorflowVersion
        return version.isEmpty ? "TensorFlow" : "TensorFlow \(version)"
    }
}
