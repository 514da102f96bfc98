import Bytes
import WireFormats

/// The outermost layer of a frozen graph: telling one by its bytes, and decoding it within limits.
enum GraphDefFile {
    /// Most nodes a file or a function may have.
    static let nodeLimit = 1_000_000

    /// Whether the first message in `bytes` reads as a TensorFlow node: what a GraphDef begins with.
    static func recognizes(_ bytes: SharedBytes) -> Bool {
        var reader = ByteReader(bytes)
        while let field = try? WireField(from: &reader) {
            switch (field.number, field.wireType) {
            case (1, 2): return isNode(field.payload)
            // Functions and versions may come before the nodes.
            case (2, 2), (4, 2), (5, 2), (3, 0): continue
            default: return false
            }
        }
        return false
    }

    private static func isNode(_ bytes: SharedBytes) -> Bool {
        var reader = ByteReader(bytes)
        var name: String?
        while let field = try? WireField(from: &reader) {
            guard field.wireType == 2, field.number >= 1, field.number <= 7 else { return false }
            if field.number == 1 { name = String(validating: field.payload, as: UTF8.self) }
            guard field.number == 2 else { continue }
            let operation = String(validating: field.payload, as: UTF8.self) ?? ""
            return name?.isEmpty == false && isIdentifier(operation)
        }
        return false
    }

    /// Whether `text` could name a TensorFlow operation.
    private static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 256 else { return false }
        guard first == 0x5F || (0x41...0x5A).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            byte == 0x5F || byte == 0x3E || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte)
        }
    }

    /// Decodes a whole GraphDef.
    /// - Throws: `.malformed` where the bytes aren't one, `.limitExceeded` for more than a million nodes.
    static func decode(_ file: MappedFile) throws(OsteonError) -> Tensorflow_GraphDef {
        var graph = Tensorflow_GraphDef()
        try decode(file.bytes, of: file, into: &graph)
        guard !graph.node.isEmpty else {
            throw OsteonError(.malformed, "There's no node in the file: it isn't a TensorFlow graph, or it's empty.")
        }
        return graph
    }

    /// Adds what a GraphDef's bytes hold to `graph`, node by node: the file's own pages are given back on the way, so that
    /// a large one is in memory once, not twice.
    static func decode(
        _ bytes: SharedBytes, of file: MappedFile, into graph: inout Tensorflow_GraphDef
    ) throws(OsteonError) {
        var reader = ByteReader(bytes)
        let start = bytes.offset(in: file.bytes) ?? 0
        var released = 0
        while let field = try WireField(from: &reader) {
            switch (field.number, field.wireType) {
            case (1, 2):
                guard graph.node.count < nodeLimit else {
                    throw OsteonError(.limitExceeded, "The graph has more than \(nodeLimit) nodes.")
                }
                graph.node.append(try field.decoded(as: "Node \(graph.node.count)"))
            case (2, 2):
                let library: Tensorflow_FunctionDefLibrary = try field.decoded(as: "The function library")
                graph.library.function += library.function
            case (4, 2): graph.versions = try field.decoded(as: "The graph's versions")
            default: break
            }
            let position = start + reader.position
            if position - released > 1 << 24 {
                released = position
                file.release(before: position)
            }
        }
        file.release(before: file.count)
    }
}
