import Bytes
import GraphIR

extension MemoryHint {
    static let schema = "osteon.memory.1"

    var json: JSONValue {
        [
            "schema": .string(Self.schema),
            "arena_bytes": .integer(arenaByteCount),
            "values": .array(slots.map { ["name": .string($0.name), "offset": .integer($0.offset), "bytes": .integer($0.byteCount)] }),
        ]
    }

    /// The hint in `json`, held against the graph it's for.
    init(json: JSONValue, for graph: Graph) throws(OsteonError) {
        _ = try json.members(only: ["schema", "arena_bytes", "values"])
        let schema = try json.member("schema").string()
        guard schema == Self.schema else { throw OsteonError(.unsupported, "The schema \"\(schema)\" isn't \(Self.schema).") }
        var slots: [Slot] = []
        for value in try json.member("values").array() {
            _ = try value.members(only: ["name", "offset", "bytes"])
            slots.append(
                Slot(
                    name: try value.member("name").string(), offset: try value.member("offset").integer(),
                    byteCount: try value.member("bytes").integer()))
        }
        self.init(arenaByteCount: try json.member("arena_bytes").integer(), slots: slots)
        try check(for: graph)
    }
}
