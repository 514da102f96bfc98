import Bytes
import GraphIR
import Tensors

/// What a model takes and gives: the member `contract`, readable without knowing the graph.
struct PortContract: Record {
    /// One input or output.
    struct Port: Record {
        var value = NamedType()
        var description = PortDescription()

        mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try value.visitMembers(&visitor)
            try visitor.member("description", &description.text, omitting: "")
            try visitor.member("axes", &description.axes, omitting: [])
            try visitor.member("channels", &description.channels, omitting: [])
        }
    }

    var inputs: [Port] = []
    var outputs: [Port] = []

    mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.member("inputs", &inputs)
        try visitor.member("outputs", &outputs)
    }

    init() {}

    /// - Throws: `.usage` where a description names neither input nor output.
    init(_ graph: Graph, _ descriptions: [String: PortDescription]) throws(OsteonError) {
        let ports = graph.inputs + graph.outputs
        for name in descriptions.keys.sorted(by: { $0.precedesInUTF8($1) }) where !ports.contains(where: { graph[$0].name == name }) {
            throw OsteonError(.usage, "\"\(name)\" is described, but is neither an input nor an output.")
        }
        func port(_ id: ValueID) -> Port {
            var port = Port()
            port.value = NamedType(graph[id].name, graph.type(id))
            port.description = descriptions[graph[id].name] ?? PortDescription()
            return port
        }
        inputs = graph.inputs.map(port)
        outputs = graph.outputs.map(port)
    }

    /// The descriptions of ports whose names and types must be those of `graph`.
    func descriptions(for graph: Graph) throws(OsteonError) -> [String: PortDescription] {
        var result: [String: PortDescription] = [:]
        for (kind, ports, ids) in [("inputs", inputs, graph.inputs), ("outputs", outputs, graph.outputs)] {
            guard ports.count == ids.count else {
                throw OsteonError(.malformed, "The contract has \(ports.count) \(kind), the graph \(ids.count).")
            }
            for (port, id) in zip(ports, ids) {
                let (name, type) = (port.value.name, port.value.type)
                guard UTF8Name(name) == UTF8Name(graph[id].name), type.isCompatible(with: graph.type(id)) else {
                    throw OsteonError(
                        .malformed, "The contract says \"\(name)\": \(type), the graph \"\(graph[id].name)\": \(graph.type(id)).")
                }
                if port.description != PortDescription() { result[name] = port.description }
            }
        }
        return result
    }
}
