import Bytes
import WireFormats

/// The parts of one innermost loop of TensorFlow 1.
struct LoopParts {
    /// The name of its `LoopCond`.
    let name: String
    private(set) var condition = SubgraphDefinition(arguments: [], nodes: [], results: [])
    private(set) var body = SubgraphDefinition(arguments: [], nodes: [], results: [])
    /// What comes in from outside: the variables' first values, then what the loop only reads.
    private(set) var initial: [String] = []
    /// The `Exit` nodes, each with the number of its variable.
    private(set) var exits: [(name: String, variable: Int)] = []
    /// The nodes by which anything comes in.
    private(set) var entrances: [String] = []

    private let nodes: [String: Tensorflow_NodeDef]
    private var variables: [Variable] = []
    private var byMerge: [String: Int] = [:]
    private var bySwitch: [String: Int] = [:]
    /// The entrances of what the loop only reads, by name, with their places behind the variables.
    private var invariants: [String: Int] = [:]

    private struct Variable {
        var merge: String
        var branch: String
        var entrance: Tensorflow_NodeDef
        var next: Tensorflow_NodeDef
    }

    /// - Returns: nil where it isn't a loop of the usual form, or has another within it.
    init?(_ name: String, _ nodes: [String: Tensorflow_NodeDef], _ readers: [String: [String]]) throws(OsteonError) {
        self.name = name
        self.nodes = nodes
        for reader in readers[name] ?? [] {
            guard let branch = nodes[reader], ["Switch", "RefSwitch"].contains(branch.op), branch.input.count >= 2,
                try LoopExtraction.node(branch.input[1]) == name
            else { continue }
            guard let variable = try variable(branch) else { return nil }
            guard byMerge.updateValue(variables.count, forKey: variable.merge) == nil else { return nil }
            bySwitch[branch.name] = variables.count
            for reader in readers[branch.name] ?? [] where ["Exit", "RefExit"].contains(nodes[reader]?.op ?? "") {
                guard try nodes[reader]?.input.first.map(NodeTable.split)?.output == 0 else { return nil }
                exits.append((reader, variables.count))
            }
            variables.append(variable)
        }
        guard !variables.isEmpty, let source = nodes[name]?.input.first(where: { !$0.hasPrefix("^") }) else { return nil }
        var next: [String] = []
        for variable in variables {
            guard let input = variable.next.input.first, !input.hasPrefix("^") else { return nil }
            next.append(input)
        }
        guard let condition = try part([source]), let body = try part(next) else { return nil }
        self.condition = completed(condition)
        self.body = completed(body)
        self.body.results += invariants.sorted { $0.value < $1.value }.map { "_invariant_\($0.value)" }
        let brought = invariants.sorted { $0.value < $1.value }.compactMap { nodes[$0.key] }
        for entrance in variables.map(\.entrance) + brought {
            guard let input = entrance.input.first, !input.hasPrefix("^") else { return nil }
            initial.append(input)
        }
        entrances = variables.map(\.entrance.name) + brought.map(\.name)
    }

    private static let enters: Set<String> = ["Enter", "RefEnter"]
    private static let nexts: Set<String> = ["NextIteration", "RefNextIteration"]
    private static let structure: Set<String> = [
        "Enter", "RefEnter", "Exit", "RefExit", "NextIteration", "RefNextIteration", "LoopCond",
    ]

    private func variable(_ branch: Tensorflow_NodeDef) throws(OsteonError) -> Variable? {
        let merge = try LoopExtraction.node(branch.input[0])
        guard let node = nodes[merge], LiveGraph.merges.contains(node.op), node.input.count == 2 else { return nil }
        var entrance: Tensorflow_NodeDef?
        var next: Tensorflow_NodeDef?
        for input in node.input {
            guard let source = nodes[try LoopExtraction.node(input)] else { return nil }
            if Self.enters.contains(source.op) { entrance = source }
            if Self.nexts.contains(source.op) { next = source }
        }
        guard let entrance, let next else { return nil }
        return Variable(merge: merge, branch: branch.name, entrance: entrance, next: next)
    }

    /// What `results` are computed by, back to the loop's variables; nil where that isn't possible.
    private mutating func part(_ results: [String]) throws(OsteonError) -> SubgraphDefinition? {
        var part = SubgraphDefinition(arguments: [], nodes: [], results: [])
        var seen: Set<String> = []
        var stack: [String] = []
        for result in results {
            guard let input = try inner(result, &stack) else { return nil }
            part.results.append(input)
        }
        while let name = stack.popLast() {
            guard seen.insert(name).inserted else { continue }
            guard var node = nodes[name] else { return nil }
            var inputs: [String] = []
            for input in node.input {
                guard let inner = try inner(input, &stack) else { return nil }
                if !inner.isEmpty { inputs.append(inner) }
            }
            node.input = inputs
            part.nodes.append(node)
        }
        return part
    }

    /// What an input is within the part: an argument, or the same and its node to be followed. Empty for what falls away.
    private mutating func inner(_ input: String, _ stack: inout [String]) throws(OsteonError) -> String? {
        let isControl = input.hasPrefix("^")
        let name = try LoopExtraction.node(input)
        let output = isControl ? 0 : try NodeTable.split(input).output
        guard let node = nodes[name] else { return isControl ? "" : nil }
        if let variable = byMerge[name] { return isControl ? "" : output == 0 ? "_variable_\(variable)" : nil }
        if let variable = bySwitch[name] { return isControl ? "" : output == 1 ? "_variable_\(variable)" : nil }
        if isControl, Self.structure.contains(node.op) { return "" }
        if Self.enters.contains(node.op) {
            guard !variables.contains(where: { $0.entrance.name == name }) else { return nil }
            let place = invariants[name] ?? invariants.count
            invariants[name] = place
            return "_invariant_\(place)"
        }
        if Self.structure.contains(node.op) { return nil }
        if LiveGraph.merges.contains(node.op) {
            for input in node.input where Self.nexts.contains(nodes[try LoopExtraction.node(input)]?.op ?? "") { return nil }
        }
        stack.append(name)
        return input
    }

    /// The part with nodes for all arguments.
    private func completed(_ part: SubgraphDefinition) -> SubgraphDefinition {
        var result = part
        result.arguments = variables.indices.map { "_variable_\($0)" } + (0..<invariants.count).map { "_invariant_\($0)" }
        result.nodes += result.arguments.map(SubgraphDefinition.argument)
        return result
    }
}
