import Bytes
import GraphIR
import Tensors
import WireFormats

/// Which tensors of a graph to give out.
struct OutputSelection {
    let references: [TensorReference]
    /// Whether the caller named them.
    let areNamed: Bool

    init(named references: [TensorReference]) {
        self.references = references
        areNamed = true
    }

    /// The tensors named; without names, those that nothing reads.
    /// - Throws: `.usage` where a name isn't in the graph or nothing could be an output.
    init(_ table: NodeTable, _ feeds: Feeds, _ names: [String]) throws(OsteonError) {
        areNamed = !names.isEmpty
        guard names.isEmpty else {
            var result: [TensorReference] = []
            for name in names {
                let reference = try Feeds.require(name, in: table, as: "output")
                if !result.contains(reference) { result.append(reference) }
            }
            references = result
            return
        }
        let candidates = try Self.unread(table, feeds)
        guard !candidates.isEmpty else {
            throw OsteonError(.usage, "No tensor of the graph is left unread; name one with `\(Parameter.output)`.")
        }
        var floats: [TensorReference] = []
        for candidate in candidates where Self.isFloat(table.nodes[candidate.node]) { floats.append(candidate) }
        references = floats.isEmpty ? candidates : floats
    }

    /// Operations that are run for what they do, or read no data: never an output.
    private static let silent: Set<String> = [
        "NoOp", "Assert", "Const", "Placeholder", "PlaceholderV2", "PlaceholderWithDefault", "Assign", "AssignVariableOp",
        "SaveV2", "RestoreV2", "MergeV2Checkpoints", "IteratorV2", "OneShotIterator", "MakeIterator", "IteratorGetNext",
        "IteratorFromStringHandle", "IteratorToStringHandle", "MergeSummary", "ScalarSummary", "HistogramSummary", "ImageSummary",
        "WriteSummary", "Switch", "VarHandleOp", "VariableV2", "Variable", "ReadVariableOp", "LookupTableImportV2",
        "ControlTrigger", "Print", "PrintV2", "Enter", "RefEnter", "TensorArrayCloseV3",
    ]

    /// The first outputs of nodes that nothing reads and that depend on something fed.
    private static func unread(_ table: NodeTable, _ feeds: Feeds) throws(OsteonError) -> [TensorReference] {
        var isRead = [Bool](repeating: false, count: table.nodes.count)
        for node in table.nodes where !silentReaders.contains(node.operation) {
            for input in node.inputs where input.node >= 0 { isRead[input.node] = true }
        }
        let depends = try dependents(table, feeds)
        var result: [TensorReference] = []
        for (place, node) in table.nodes.enumerated() where !isRead[place] && depends[place] && !silent.contains(node.operation) {
            result.append(TensorReference(node: place, output: 0))
        }
        return result
    }

    /// Reading a tensor in one of these doesn't make it less of an output.
    private static let silentReaders: Set<String> = [
        "Assert", "Print", "PrintV2", "ScalarSummary", "HistogramSummary", "ImageSummary",
    ]

    /// Which nodes depend on a graph input or another source of data.
    private static func dependents(_ table: NodeTable, _ feeds: Feeds) throws(OsteonError) -> [Bool] {
        var sources: [Int] = []
        for (place, node) in table.nodes.enumerated() {
            let isFed = if case .input = try feeds.feed(TensorReference(node: place, output: 0)) { true } else { false }
            if isFed || node.operation.hasPrefix("Iterator") || node.operation == "OneShotIterator" { sources.append(place) }
        }
        return table.dependents(of: sources, table.readers())
    }

    /// Whether a node's first output holds floats, or doesn't say what it holds.
    private static func isFloat(_ node: GraphNode) -> Bool {
        do { return try OperationOutputs.elementType(of: node, 0)?.isFloat ?? true } catch { return false }
    }
}
