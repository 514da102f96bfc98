import Bytes

/// Finds what a training graph is for: beside the prediction it has losses, metrics, gradients and summaries that nothing
/// reads either, so that unread tensors say nothing.
enum TrainingOutput {
    /// What Clara Train calls the tensor it exports; the second is the name of its first versions.
    private static let exported = ["NV_MODEL_OUTPUT", "NV_OUTPUT_LABEL"]
    private static let predictions: Set<String> = ["Softmax", "Sigmoid"]
    private static let movements: Set<String> = ["Identity", "Reshape", "Transpose", "Squeeze"]

    /// The name of the one tensor to give out.
    /// - Throws: `.usage` naming candidates where it's not certain.
    static func name(in table: NodeTable) throws(OsteonError) -> String {
        for name in exported where table.place(of: name) != nil { return name }
        let sources = table.nodes.indices.filter { place in
            ["Placeholder", "Iterator"].contains { table.nodes[place].operation.hasPrefix($0) }
        }
        let readers = table.readers()
        let fed = table.dependents(of: sources, readers)
        var found: [String] = []
        for (place, node) in table.nodes.enumerated() where predictions.contains(node.operation) && fed[place] {
            found.append(table.nodes[end(of: place, in: table, readers)].name)
        }
        if found.count == 1 { return found[0] }
        let hint = found.isEmpty ? "" : " Its softmax and sigmoid nodes are \(found.prefix(8).joined(separator: ", "))."
        throw OsteonError(
            .usage, "The graph is one for training and doesn't say which tensor is its prediction; name it with \(Parameter.output).\(hint)"
        )
    }

    /// Follows a prediction through what only moves it.
    private static func end(of place: Int, in table: NodeTable, _ readers: [[Int]]) -> Int {
        var current = place
        for _ in 0..<64 {
            let next = readers[current]
            guard next.count == 1, movements.contains(table.nodes[next[0]].operation) else { break }
            current = next[0]
        }
        return current
    }
}
