import Bytes

/// Collects every node that can't be imported, to report them together.
struct UnsupportedOperations {
    private let table: NodeTable
    /// The nodes by operation and reason, in order of appearance.
    private var found: [(operation: String, reason: String?, nodes: [Int])] = []
    private var failed: Set<Int> = []
    private var blocked: [(place: Int, source: TensorReference)] = []

    init(_ table: NodeTable) { self.table = table }

    /// Notes a node there's no rule for, or that a rule refused.
    mutating func add(_ place: Int, _ reason: String?) {
        let operation = table.nodes[place].operation
        failed.insert(place)
        let reason = reason.flatMap { $0.isEmpty ? nil : $0 } ?? Self.explanation(operation)
        if let index = found.firstIndex(where: { $0.operation == operation && $0.reason == reason }) {
            found[index].nodes.append(place)
        } else {
            found.append((operation, reason, [place]))
        }
    }

    func contains(_ place: Int) -> Bool { failed.contains(place) }

    /// Notes a node that only fails because it reads from one that did.
    mutating func block(_ place: Int, by source: TensorReference) {
        blocked.append((place, source))
    }

    /// Throws where anything was noted.
    /// - Parameters:
    ///   - openConditions: the names of conditions whose value isn't known: what fails may lie in a branch not to be taken.
    ///   - isComputed: whether a tensor was imported and holds numbers the network computes: not a shape or an index.
    func check(openConditions: [String], isComputed: (TensorReference) -> Bool) throws(OsteonError) {
        guard !found.isEmpty else { return }
        var text = "Osteon can't import: \(list()).\(hint(isComputed))"
        if !openConditions.isEmpty {
            let names = openConditions.prefix(3).joined(separator: ", ")
            text += " Which branches run depends on \(names); `\(Parameter.input) NAME=VALUE` for a value it's computed from may decide it."
        }
        throw OsteonError(.unsupported, text)
    }

    /// What was noted, by operation and reason.
    private func list() -> String {
        var parts: [String] = []
        for (operation, reason, nodes) in found.prefix(20) {
            let names = nodes.prefix(3).map { table.nodes[$0].name }.joined(separator: ", ")
            let more = nodes.count > 3 ? ", …" : ""
            parts.append("\(operation) ×\(nodes.count)\(reason.map { " – \($0)" } ?? "") (\(names)\(more))")
        }
        if found.count > 20 { parts.append("and \(found.count - 20) more operations") }
        return parts.joined(separator: "; ")
    }

    /// Which cuts would leave the unsupported nodes out.
    private func hint(_ isComputed: (TensorReference) -> Bool) -> String {
        var cuts: [String] = []
        var ends: [String] = []
        for (place, source) in blocked {
            if failed.contains(source.node), !failed.contains(place) { append(table.tensorName(source), to: &cuts) }
            appendComputed(place, isComputed, to: &ends)
        }
        for place in failed.sorted() {
            appendComputed(place, isComputed, to: &ends)
        }
        var text = ""
        if !cuts.isEmpty { text += " \(cuts.prefix(3).map { "\(Parameter.input) \($0)" }.joined(separator: " ")) feeds them from outside." }
        if !ends.isEmpty {
            text += " \(Parameter.output) \(ends.sorted().prefix(3).joined(separator: " or \(Parameter.output) ")) ends before them."
        }
        return text
    }

    /// Adds what a node reads that the network computes.
    private func appendComputed(_ place: Int, _ isComputed: (TensorReference) -> Bool, to list: inout [String]) {
        for input in table.nodes[place].inputs where input.node >= 0 && isComputed(input) { append(table.tensorName(input), to: &list) }
    }

    private func append(_ name: String, to list: inout [String]) {
        if !list.contains(name) { list.append(name) }
    }

    /// What a person should know about an operation that's never supported.
    static func explanation(_ operation: String) -> String? {
        switch operation {
        case "VariableV2", "Variable", "VarHandleOp", "ReadVariableOp", "VarIsInitializedOp":
            "a variable: the graph isn't frozen, its weights are in a checkpoint"
        case "TRTEngineOp": "an engine compiled by TensorRT for one GPU; use the graph from before it (….fzn.pb) or the checkpoint"
        case "IteratorV2", "OneShotIterator", "IteratorGetNext", "IteratorFromStringHandle", "Iterator": "a data pipeline"
        case "Enter", "Exit", "NextIteration", "LoopCond", "While", "StatelessWhile", "RefEnter", "RefExit": "a loop"
        case "Switch", "Merge", "If", "StatelessIf":
            "a condition that isn't constant; `\(Parameter.input) NAME=VALUE` for what it's made from may settle it"
        case "PyFunc", "EagerPyFunc", "PyFuncStateless": "calls Python code"
        case "ReadFile", "WriteFile", "MatchingFiles": "reads or writes files"
        case _ where operation.hasPrefix("Random") || operation.hasPrefix("StatelessRandom"): "random numbers"
        case _ where operation.hasPrefix("Queue") || operation.contains("Dequeue"): "a queue"
        default: nil
        }
    }
}
