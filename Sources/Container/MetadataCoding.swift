import Bytes
import GraphIR
import Tensors

/// An object of the given members, sorted by the bytes of their names.
func sortedObject(_ members: [String: JSONValue]) -> JSONValue {
    .object(members.sorted { $0.key.precedesInUTF8($1.key) }.map { JSONValue.Member($0.key, $0.value) })
}

extension Provenance {
    package var json: JSONValue {
        [
            "format": .string(format),
            "producer": .string(producer),
            "sources": .array(sources.map(\.json)),
            "options": sortedObject(options.mapValues { .string($0) }),
            "passes": .array(passes.map(\.json)),
            "notes": .array(notes.map { .string($0) }),
        ]
    }

    init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["format", "producer", "sources", "options", "passes", "notes"])
        self.init(
            format: try json.member("format").string(), producer: try json.member("producer").string(),
            notes: try json.member("notes").strings())
        for source in try json.member("sources").array() { sources.append(try Source(json: source)) }
        for option in try json.member("options").members() { options[option.name] = try option.value.string() }
        for pass in try json.member("passes").array() { passes.append(try Pass(json: pass)) }
    }

    fileprivate static func count(_ value: JSONValue) throws(OsteonError) -> Int {
        let count = try value.integer()
        guard count >= 0 else { throw value.mismatch("a number from 0") }
        return count
    }
}

extension Provenance.Source {
    var json: JSONValue { ["name": .string(name), "size": .integer(byteCount), "sha256": .string(sha256)] }

    init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["name", "size", "sha256"])
        self.init(
            name: try json.member("name").string(), byteCount: try Provenance.count(json.member("size")),
            sha256: try json.member("sha256").digest())
    }
}

extension Provenance.Pass {
    var json: JSONValue { ["id": .string(id), "count": .integer(count)] }

    init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["id", "count"])
        self.init(id: try json.member("id").string(), count: try Provenance.count(json.member("count")))
    }
}

/// What a model takes and gives: the member `contract`, readable without knowing the graph.
enum ContractCoding {
    private static let members = ["name", "type", "shape", "description", "axes", "channels"]

    /// - Throws: `.usage` where a description names neither input nor output, or doesn't fit its rank.
    static func json(_ graph: Graph, _ descriptions: [String: PortDescription]) throws(OsteonError) -> JSONValue {
        let ports = graph.inputs + graph.outputs
        for name in descriptions.keys.sorted(by: { $0.precedesInUTF8($1) }) where !ports.contains(where: { graph[$0].name == name }) {
            throw OsteonError(.usage, "\"\(name)\" is described, but is neither an input nor an output.")
        }
        var lists: [JSONValue] = []
        for list in [graph.inputs, graph.outputs] {
            var entries: [JSONValue] = []
            for id in list { entries.append(port(graph, id, descriptions[graph[id].name] ?? PortDescription())) }
            lists.append(.array(entries))
        }
        return ["inputs": lists[0], "outputs": lists[1]]
    }

    private static func port(_ graph: Graph, _ id: ValueID, _ description: PortDescription) -> JSONValue {
        var members = [JSONValue.Member("name", .string(graph[id].name))] + graph.type(id).members
        if !description.text.isEmpty { members.append(.init("description", .string(description.text))) }
        if !description.axes.isEmpty { members.append(.init("axes", .array(description.axes.map { .string($0) }))) }
        if !description.channels.isEmpty { members.append(.init("channels", .array(description.channels.map { .string($0) }))) }
        return .object(members)
    }

    /// The descriptions in `json`, whose names and types must be those of `graph`.
    static func descriptions(_ json: JSONValue, _ graph: Graph) throws(OsteonError) -> [String: PortDescription] {
        _ = try json.members(only: ["inputs", "outputs"])
        var result: [String: PortDescription] = [:]
        for (key, ids) in [("inputs", graph.inputs), ("outputs", graph.outputs)] {
            let ports = try json.member(key).array()
            guard ports.count == ids.count else {
                throw OsteonError(.malformed, "The contract has \(ports.count) \(key), the graph \(ids.count).")
            }
            for (port, id) in zip(ports, ids) {
                _ = try port.members(only: members)
                let name = try port.member("name").string()
                let type = try TensorType(members: port)
                guard UTF8Name(name) == UTF8Name(graph[id].name), type.isCompatible(with: graph.type(id)) else {
                    throw OsteonError(
                        .malformed, "The contract says \"\(name)\": \(type), the graph \"\(graph[id].name)\": \(graph.type(id)).")
                }
                let description = PortDescription(
                    text: try port["description"]?.string() ?? "", axes: try port["axes"]?.strings() ?? [],
                    channels: try port["channels"]?.strings() ?? [])
                if description != PortDescription() { result[name] = description }
            }
        }
        return result
    }
}
