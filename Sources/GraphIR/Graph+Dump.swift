import Tensors

extension Graph {
    /// The graph as text, a line a node, for people and for tests; deterministic.
    package func dump() -> String {
        var lines = ["graph \(name)"]
        for input in inputs { lines.append("  input \(self[input].name): \(type(input))") }
        for id in (try? topologicalOrder()) ?? nodeIDs {
            let node = self[id]
            let attributes = node.op.changedAttributes.map { "\($0.name)=\($0.value)" }
            let arguments = node.inputs.map { $0.map { self[$0].name } ?? "-" } + attributes
            let results = node.outputs.filter(contains).map { "\(self[$0].name): \(type($0))" }
            lines.append("  \(results.joined(separator: ", ")) = \(Swift.type(of: node.op).id)(\(arguments.joined(separator: ", ")))")
        }
        lines.append("  output \(outputs.map { self[$0].name }.joined(separator: ", "))")
        return lines.joined(separator: "\n") + "\n"
    }
}
