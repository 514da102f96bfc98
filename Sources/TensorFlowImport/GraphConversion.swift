import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors
import WireFormats

/// Turns the live nodes of a graph into a portable graph, node by node; those of loops and branches each time they're run.
struct GraphConversion {
    let table: NodeTable
    let feeds: Feeds
    private let live: LiveGraph
    let context: ConversionContext
    var builder: GraphBuilder { context.builder }
    private var values: [TensorReference: ImportedValue] = [:]
    /// Nodes in branches that aren't taken.
    private var dead: Set<Int> = []
    private var unsupported: UnsupportedOperations
    /// Nodes of a subgraph that couldn't be imported, and why.
    private var failures: [Int: String] = [:]
    /// What the names of values begin with.
    private(set) var prefix = ""
    private var stale = StaleReads()
    /// Where this is a subgraph being run.
    private var subgraph: Subgraph?
    /// How many subgraphs this one is run by.
    private var depth = 0
    private static let deepest = 32

    init(_ table: NodeTable, _ feeds: Feeds, _ live: LiveGraph, _ context: ConversionContext) {
        self.table = table
        self.feeds = feeds
        self.live = live
        self.context = context
        unsupported = UnsupportedOperations(table)
    }

    private init(_ subgraph: Subgraph, _ context: ConversionContext, prefix: String, depth: Int) throws(OsteonError) {
        guard depth <= Self.deepest else {
            throw OsteonError(.limitExceeded, "Conditions and loops of the graph lie more than \(Self.deepest) deep in one another.")
        }
        self.init(subgraph.table, subgraph.feeds, subgraph.live, context)
        self.subgraph = subgraph
        self.prefix = prefix
        self.depth = depth
    }

    /// What was settled on the way, for a person to know.
    func notes() -> [String] {
        context.settled.sorted { $0.key < $1.key }.map { name, value in
            let node = table.place(of: name).map { table.nodes[$0] }
            let isFlag = (try? node?.attributes.type("dtype")) == .bool
            return "\(name) is fixed to \(isFlag ? "\(value != 0)" : "\(value)")"
        } + context.untyped.sorted().map { "the graph doesn't say what type \($0) has; it's taken as f32" }
    }

    /// The portable graph.
    mutating func run() throws(OsteonError) -> Graph {
        try convertAll()
        var isWhole = true
        var outputs: [TensorReference] = []
        for output in live.outputs {
            let value = try value(output)
            isWhole = isWhole && value != nil && value?.failure == nil
            // What nobody named and isn't always computed is a loose end.
            let isLoose = value?.isDead ?? false || value?.guards.sides.isEmpty == false
            if !isLoose || live.areNamed || live.outputs.count == 1 { outputs.append(output) }
        }
        // What's unsupported may be results of calls and branches that nothing reads.
        if !isWhole { try check() }
        var named: [(name: String, value: ValueID)] = []
        for output in outputs {
            let tensor = table.tensorName(output)
            named.append((context.names[tensor] ?? tensor, try result(output)))
        }
        try builder.finish(named)
        return builder.graph
    }

    private func check() throws(OsteonError) {
        try unsupported.check(openConditions: context.openConditions) { reference in
            guard case .tensor(let value)? = values[reference]?.content, builder.graph.producer(value) != nil else { return false }
            return builder.graph.type(value).elementType.isFloat
        }
    }

    private mutating func result(_ output: TensorReference) throws(OsteonError) -> ValueID {
        let name = table.tensorName(output)
        guard let value = try value(output) else {
            throw OsteonError(.malformed, "\(table.nodes[output.node].name) has no output \(output.output).")
        }
        if let condition = value.guards.sides.keys.min() {
            throw OsteonError(
                .unsupported, "\(name) is computed on one side of the condition \(builder.graph[condition].name) only, which isn't known.")
        }
        switch value.content {
        case .tensor(let id): return id
        case .unfollowed(let reason): throw OsteonError(.unsupported, "Osteon can't import what makes \(name): \(reason).")
        case .list, .handle: throw OsteonError(.unsupported, "\(name) is a list of tensors, not a tensor; it can't be an output.")
        case .dead: throw OsteonError(.usage, "\(name) lies in a branch that isn't taken.")
        }
    }

    /// Imports a subgraph once more.
    /// - Parameter prefix: what the names of its values begin with.
    /// - Returns: its results.
    func run(_ name: String, _ arguments: [ImportedValue.Content], prefix: String) throws(OsteonError) -> [ImportedValue.Content] {
        let subgraph = try context.library.subgraph(name)
        guard arguments.count == subgraph.arguments.count else {
            throw OsteonError(
                .malformed, "The function \(name) takes \(subgraph.arguments.count) arguments, \(arguments.count) are given.")
        }
        try context.spend(subgraph.live.order.count + 1)
        var inner = try GraphConversion(subgraph, context, prefix: prefix, depth: depth + 1)
        for (place, argument) in zip(subgraph.arguments, arguments) { inner.values[place] = ImportedValue(content: argument) }
        try inner.convertAll()
        var results: [ImportedValue.Content] = []
        for reference in subgraph.results {
            let value = try inner.value(reference)
            let isWhole = value.map { !$0.isDead && $0.guards.sides.isEmpty } ?? false
            let reason = "\(prefix)\(subgraph.table.tensorName(reference)) isn't always computed"
            results.append(isWhole ? value?.content ?? .unfollowed(reason) : .unfollowed(reason))
        }
        return results
    }

    private mutating func convertAll() throws(OsteonError) {
        let library = context.library
        if let known = subgraph?.staleReads {
            stale = known
        } else {
            stale = try StaleReads(live, table) { library.variableAccess(of: $0) }
            subgraph?.staleReads = stale
        }
        for place in live.order {
            let node = table.nodes[place]
            try locating("node \(node.name) (\(node.operation))") { () throws(OsteonError) in try convert(place, node) }
        }
    }

    /// The value of a tensor; nil where its node couldn't be converted. Fed tensors become inputs when first read.
    private mutating func value(_ reference: TensorReference) throws(OsteonError) -> ImportedValue? {
        if let known = values[reference] { return known }
        if dead.contains(reference.node) { return ImportedValue(content: .dead) }
        if let reason = failures[reference.node] { return ImportedValue(content: .unfollowed(reason)) }
        guard !unsupported.contains(reference.node), let feed = try feeds.feed(reference) else { return nil }
        do {
            let value = ImportedValue(content: .tensor(try fed(reference, feed)))
            values[reference] = value
            return value
        } catch {
            try fail(reference.node, error)
            return failures[reference.node].map { ImportedValue(content: .unfollowed($0)) }
        }
    }

    /// Notes that a node can't be imported.
    /// - Throws: errors that end the import.
    private mutating func fail(_ place: Int, _ error: OsteonError) throws(OsteonError) {
        guard error.code == .unsupported else { throw error }
        guard subgraph != nil else { return unsupported.add(place, error.message) }
        let node = table.nodes[place]
        let reason = error.message.isEmpty ? UnsupportedOperations.explanation(node.operation) ?? "" : error.message
        failures[place] = "\(node.operation) (\(prefix)\(node.name))\(reason.isEmpty ? "" : ": \(reason)")"
    }

    private mutating func convert(_ place: Int, _ node: GraphNode) throws(OsteonError) {
        let first = TensorReference(node: place, output: 0)
        if try value(first) != nil || unsupported.contains(place) { return }
        guard let controls = try controlGuards(node) else {
            dead.insert(place)
            return
        }
        if let reason = stale.reasons[place] { return try fail(place, OsteonError(.unsupported, reason)) }
        if let value = try leaf(place, node) {
            values[first] = ImportedValue(content: .tensor(value), guards: controls)
            return
        }
        if unsupported.contains(place) || failures[place] != nil { return }
        guard let inputs = try inputs(of: place, node) else { return }
        if live.merged[place] != nil || isSettledSwitch(place, node) {
            guard let input = inputs.first else { throw OsteonError(.malformed, "It has no input.") }
            values[first] = input
            if isSettledSwitch(place, node) { values[TensorReference(node: place, output: 1)] = input }
            return
        }
        builder.scope = prefix + node.name
        do {
            guard let results = try results(place, node, inputs, controls) else {
                dead.insert(place)
                return
            }
            for (output, value) in results.enumerated() { values[TensorReference(node: place, output: output)] = value }
        } catch {
            try fail(place, error)
        }
    }

    private func isSettledSwitch(_ place: Int, _ node: GraphNode) -> Bool {
        LiveGraph.switches.contains(node.operation) && live.isSettled(place)
    }

    /// A constant or variable as a value; nil for other nodes and for those that can't be read.
    private mutating func leaf(_ place: Int, _ node: GraphNode) throws(OsteonError) -> ValueID? {
        if VariableBindings.variables.contains(node.operation), let variables = context.variables {
            // A handle stands for its variable's value: nothing imported writes to it.
            return builder.graph.addConstant(node.name, try variables.tensor(node))
        }
        guard node.operation == "Const" else { return nil }
        if let known = subgraph?.constants[place] { return known }
        guard let proto = try node.attributes.tensor("value") else { throw OsteonError(.malformed, "The constant has no value.") }
        do {
            let value = builder.graph.addConstant(prefix + node.name, try context.constants.tensor(proto))
            subgraph?.constants[place] = value
            return value
        } catch {
            try fail(place, error)
            return nil
        }
    }

    /// What a node reads; nil where something of it couldn't be imported.
    private mutating func inputs(of place: Int, _ node: GraphNode) throws(OsteonError) -> [ImportedValue]? {
        var sources = node.inputs
        if let taken = live.merged[place] { sources = [taken] }
        let isSwitch = isSettledSwitch(place, node)
        if isSwitch { sources = Array(sources.prefix(1)) }
        var inputs: [ImportedValue] = []
        for source in sources {
            if let value = try value(source) {
                guard let reason = value.failure, !isSwitch, !Self.passesFailures(node.operation) else {
                    inputs.append(value)
                    continue
                }
                if subgraph != nil {
                    failures[place] = reason
                } else if !reason.isEmpty, !unsupported.contains(source.node) {
                    unsupported.add(source.node, reason)
                }
            } else if values[TensorReference(node: source.node, output: 0)] != nil {
                try missing(source, readBy: place)
            } else if subgraph != nil {
                throw OsteonError(.malformed, "It reads a node that isn't there.")
            } else if node.operation == "IdentityN", source.node >= 0 {
                // A call's results; who reads this one waits for its source.
                inputs.append(ImportedValue(content: .unfollowed("")))
                continue
            }
            unsupported.block(place, by: source)
        }
        if inputs.count == sources.count { return inputs }
        if subgraph == nil, !isSwitch, live.merged[place] == nil, !Self.isSupported(node.operation) { unsupported.add(place, nil) }
        return nil
    }

    /// An output that isn't there, or that the operation has but its rule doesn't make.
    private mutating func missing(_ source: TensorReference, readBy place: Int) throws(OsteonError) {
        let node = table.nodes[source.node]
        let name = table.tensorName(source)
        guard let count = try OperationOutputs.count(of: node), source.output < count else {
            throw OsteonError(.malformed, "It reads \(name), an output that isn't there.")
        }
        let reason = "reads \(name), an output that isn't imported"
        if subgraph != nil { failures[place] = reason } else { unsupported.add(place, reason) }
    }

    /// The conditions that what a node waits for lies under; nil where it lies in a branch that isn't taken.
    private func controlGuards(_ node: GraphNode) throws(OsteonError) -> Guards? {
        var guards = Guards()
        for control in node.controls {
            if dead.contains(control) { return nil }
            guard let value = values[TensorReference(node: control, output: 0)] else { continue }
            if value.isDead { return nil }
            // What waits for a switch itself waits for neither side.
            if LiveGraph.switches.contains(table.nodes[control].operation) { continue }
            guard let joined = guards.joined(with: value.guards) else { return nil }
            guards = joined
        }
        return guards
    }
}
