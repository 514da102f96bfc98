import Bytes
import GraphIR
import Tensors
import WireFormats

/// Nodes that a loop or a condition runs, by name: what goes in, and what comes out.
struct SubgraphDefinition {
    /// The names of the nodes that stand for the arguments.
    var arguments: [String]
    var nodes: [Tensorflow_NodeDef]
    /// The tensors given back, as "node" or "node:1".
    var results: [String]

    /// The node that stands for an argument.
    static func argument(_ name: String) -> Tensorflow_NodeDef {
        var node = Tensorflow_NodeDef()
        node.name = name
        node.op = "_Arg"
        return node
    }
}

/// The same, ready to be imported as often as it's run.
final class Subgraph {
    let table: NodeTable
    let feeds: Feeds
    let live: LiveGraph
    let arguments: [TensorReference]
    let results: [TensorReference]
    /// The constants among its nodes, imported once.
    var constants: [Int: ValueID] = [:]
    /// What its nodes read of variables already assigned, once that's known.
    var staleReads: StaleReads?

    init(_ definition: SubgraphDefinition) throws(OsteonError) {
        let table = try NodeTable(definition.nodes)
        func references(_ names: [String]) throws(OsteonError) -> [TensorReference] {
            var result: [TensorReference] = []
            for name in names {
                guard let reference = try table.reference(name) else { throw OsteonError(.malformed, "\"\(name)\" isn't in it.") }
                result.append(reference)
            }
            return result
        }
        self.table = table
        arguments = try references(definition.arguments)
        results = try references(definition.results)
        feeds = try Feeds(table, ImportOptions())
        live = try LiveGraph(table, feeds, outputs: OutputSelection(named: results)) { ImportRules.evaluate($0, $1) }
    }
}

/// What loops and conditions run: functions of the graph's library, and the bodies of version 1's loops.
final class SubgraphLibrary {
    private let functions: FunctionInliner
    private var definitions: [String: SubgraphDefinition] = [:]
    private var cache: [String: Subgraph] = [:]
    private var accesses: [String: VariableAccess.OfArguments] = [:]
    private var extractions = 0

    init(_ functions: FunctionInliner) { self.functions = functions }

    /// The nodes with calls and version 1's loops replaced, the latter by `While` nodes whose parts this library has.
    func simplified(_ nodes: [Tensorflow_NodeDef]) throws(OsteonError) -> [Tensorflow_NodeDef] {
        extractions += 1
        var loops = LoopExtraction(try functions.inliningCalls(nodes), mark: "\(extractions)")
        try loops.run()
        for (name, definition) in loops.subgraphs { definitions[name] = definition }
        return loops.nodes
    }

    /// - Throws: `.malformed` where there's nothing of that name.
    func subgraph(_ name: String) throws(OsteonError) -> Subgraph {
        if let known = cache[name] { return known }
        let result = try locating("function \(name)") { () throws(OsteonError) in
            var definition = if let known = definitions[name] { known } else { try functions.definition(of: name) }
            definition.nodes = try simplified(definition.nodes)
            return try Subgraph(definition)
        }
        cache[name] = result
        return result
    }

    /// What a loop or a condition does with variables among its inputs, by their numbers; nil for other nodes.
    func variableAccess(of node: GraphNode) -> VariableAccess.OfArguments? {
        guard let (names, first) = Self.functions(of: node) else { return nil }
        var result = VariableAccess.OfArguments()
        for name in names {
            let access = variableAccess(of: name)
            result.read.formUnion(access.read.map { $0 + first })
            result.assigned.formUnion(access.assigned.map { $0 + first })
        }
        return result
    }

    /// The functions a node runs, and the number of its input that's their first argument.
    private static func functions(of node: GraphNode) -> (names: [String], first: Int)? {
        switch node.operation {
        case "While", "StatelessWhile": (["cond", "body"].compactMap { try? node.attributes.function($0) }, 0)
        case "If", "StatelessIf": (["then_branch", "else_branch"].compactMap { try? node.attributes.function($0) }, 1)
        case "Case", "StatelessCase": ((try? node.attributes.functions("branches")) ?? [], 1)
        default: nil
        }
    }

    /// A function that can't be read does nothing here; running it says why.
    private func variableAccess(of name: String) -> VariableAccess.OfArguments {
        if let known = accesses[name] { return known }
        // One that runs itself adds nothing.
        accesses[name] = VariableAccess.OfArguments()
        let result = (try? subgraph(name))?.variableAccess { self.variableAccess(of: $0) } ?? VariableAccess.OfArguments()
        accesses[name] = result
        return result
    }
}
