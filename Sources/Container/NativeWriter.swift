import Bytes
import GraphIR
import Tensors

/// Writes `.osteon` files. Equal models give equal bytes.
package enum NativeWriter {
    /// Writes `model` as the file at `path`, whole or not at all.
    ///
    /// Nodes and constants no output depends on are left out. What is about to be written is first read back (all but the
    /// weights' bytes), so a file that can't be opened is never made.
    /// - Throws: `.outputFailed`, `.invalidGraph` or `.usage` where the model contradicts itself.
    package static func write(_ model: ModelFile, to path: String) throws(OsteonError) {
        let (header, entries) = try encode(model)
        try AtomicFile.write([SharedBytes(header)] + entries.map { $0.tensor.bytes }, to: path)
    }

    /// The whole file in memory; for small models.
    package static func encoded(_ model: ModelFile) throws(OsteonError) -> [UInt8] {
        let (header, entries) = try encode(model)
        var bytes = header
        for entry in entries { bytes += entry.tensor.bytes }
        return bytes
    }

    /// The first bytes up to the data, and the tensors that follow.
    private static func encode(_ model: ModelFile) throws(OsteonError) -> ([UInt8], [StoredTensors.Entry]) {
        let graph = try GraphEncoder(model.graph)
        let stored = StoredTensors(graph.constants)
        let header = try NativeHeader.encode(tool: model.tool, metadata: metadata(model, graph, stored), stored.entries)
        try check(header, stored.entries)
        return (header, stored.entries)
    }

    private static func metadata(
        _ model: ModelFile, _ graph: GraphEncoder, _ stored: StoredTensors
    ) throws(OsteonError) -> [JSONValue.Member] {
        let digests = stored.entries.map { JSONValue.Member($0.name, .string($0.digest.hexadecimal)) }
        var members: [JSONValue.Member] = [
            .init("graph", .string(graph.json(stored).text())),
            .init("contract", .string(try PortContract(graph.graph, model.descriptions).json.text())),
            .init("provenance", .string(model.provenance.json.text())),
            .init("tensors", .string(JSONValue.object(digests).text())),
            .init("verification", .string(model.verification.json.text())),
        ]
        if let imaging = model.imaging { members.append(.init(NativeFormat.imagingKey, .string(imaging.json.text()))) }
        if let memory = model.memory { members.append(.init(NativeFormat.memoryKey, .string(memory.json.text()))) }
        for (key, value) in model.metadata.sorted(by: { $0.key.precedesInUTF8($1.key) }) {
            guard !NativeFormat.reservedKeys.contains(key) else {
                throw OsteonError(.usage, "The metadata key \"\(key)\" is the format's own; choose another.")
            }
            members.append(.init(key, .string(value)))
        }
        return members
    }

    private static func check(_ header: [UInt8], _ entries: [StoredTensors.Entry]) throws(OsteonError) {
        let size = entries.reduce(0) { $0 + $1.tensor.byteCount }
        let parsed = try NativeHeader(SharedBytes(header), dataCount: size)
        var tensors: [UTF8Name: Tensor] = [:]
        for entry in entries { tensors[UTF8Name(entry.name)] = entry.tensor }
        _ = try parsed.model(tensors)
    }
}
