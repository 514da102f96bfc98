import Bytes
import GraphIR
import Tensors

/// Writes a graph as the JSON of the member `graph`.
struct GraphEncoder {
    let graph: Graph
    let order: [NodeID]
    /// The graph's constants, in its order.
    let constants: [(id: ValueID, name: String, tensor: Tensor)]

    /// - Throws: `.malformed` where the graph has a cycle.
    init(_ source: Graph) throws(OsteonError) {
        var graph = source
        graph.removeDeadCode()
        self.graph = graph
        order = try graph.topologicalOrder()
        var constants: [(id: ValueID, name: String, tensor: Tensor)] = []
        for id in graph.valueIDs {
            if let tensor = graph.constant(id) { constants.append((id, graph[id].name, tensor)) }
        }
        self.constants = constants
    }

    func json(_ stored: StoredTensors) -> JSONValue {
        [
            "name": .string(graph.name),
            "inputs": .array(graph.inputs.map(value)),
            "constants": .array(constants.map { constant($0.name, stored.names[$0.id] ?? $0.name) }),
            "nodes": .array(nodes()),
            "outputs": .array(graph.outputs.map { .string(graph[$0].name) }),
        ]
    }

    private func value(_ id: ValueID) -> JSONValue { NamedType(graph[id].name, graph.type(id)).json }

    private func constant(_ name: String, _ tensor: String) -> JSONValue {
        UTF8Name(name) == UTF8Name(tensor) ? ["name": .string(name)] : ["name": .string(name), "tensor": .string(tensor)]
    }

    private func nodes() -> [JSONValue] {
        var spare = graph.valueIDs.map { UTF8Name(graph[$0].name) }.reduce(into: Set<UTF8Name>()) { $0.insert($1) }
        return order.map { id in
            let node = graph[id]
            var members: [JSONValue.Member] = [
                .init("name", .string(node.name)), .init("operator", .string(Swift.type(of: node.op).id)),
            ]
            let attributes = node.op.changedAttributes.map { JSONValue.Member($0.name, $0.value.json) }
            if !attributes.isEmpty { members.append(.init("attributes", .object(attributes))) }
            members.append(.init("inputs", .array(node.inputs.map { $0.map { .string(graph[$0].name) } ?? .null })))
            members.append(
                .init(
                    "outputs",
                    .array(
                        node.outputs.enumerated().map { index, output in
                            if graph.contains(output), graph[output].producer == id { return value(output) }
                            return unused(index, of: node, &spare)
                        })))
            return .object(members)
        }
    }

    /// An output that nobody reads any more, since its value was folded or cut: only its place is kept.
    private func unused(_ index: Int, of node: Node, _ taken: inout Set<UTF8Name>) -> JSONValue {
        var name = "\(node.name):\(index)"
        while !taken.insert(UTF8Name(name)).inserted { name += "_" }
        let inferred = try? graph.inferredTypes(node.op, node.inputs, outputCount: node.outputs.count, nodeName: node.name)
        let type = inferred?[index] ?? TensorType(.f32, nil)
        return NamedType(name, type).json
    }
}
