import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors
import WireFormats

/// Turns the live nodes of a graph into a portable graph, node by node.
struct GraphConversion {
    private let table: NodeTable
    private let feeds: Feeds
    private let live: LiveGraph
    private let variables: VariableValues?
    private let names: [String: String]
    private let builder = GraphBuilder()
    private var values: [TensorReference: ValueID] = [:]
    private var constants = ConstantReader()
    private var unsupported: UnsupportedOperations
    /// The constants fed, by the names of their nodes.
    private var settled: [String: Double]
    /// The types of tensors cut, as the graph before them tells.
    private let cutTypes: [TensorReference: TensorType]
    /// Inputs whose element type nothing tells.
    private var untyped: Set<String> = []

    /// - Parameter names: what the model calls its inputs and outputs, by the names of the tensors.
    init(
        _ table: NodeTable, _ feeds: Feeds, _ live: LiveGraph, _ variables: VariableValues? = nil, names: [String: String] = [:],
        settled: [String: Double], cutTypes: [TensorReference: TensorType] = [:]
    ) {
        self.table = table
        self.feeds = feeds
        self.live = live
        self.variables = variables
        self.names = names
        self.settled = settled
        self.cutTypes = cutTypes
        unsupported = UnsupportedOperations(table)
    }

    /// What was settled on the way, for a person to know.
    func notes() -> [String] {
        settled.sorted { $0.key < $1.key }.map { name, value in
            let node = table.place(of: name).map { table.nodes[$0] }
            let isFlag = (try? node?.attributes.type("dtype")) == .bool
            return "\(name) is fixed to \(isFlag ? "\(value != 0)" : "\(value)")"
        } + untyped.sorted().map { "the graph doesn't say what type \($0) has; it's taken as f32" }
    }

    /// The portable graph.
    mutating func run() throws(OsteonError) -> Graph {
        for place in live.order {
            let node = table.nodes[place]
            try locating("node \(node.name) (\(node.operation))") { () throws(OsteonError) in try convert(place, node) }
        }
        try unsupported.check { reference in
            guard let value = values[reference], builder.graph.producer(value) != nil else { return false }
            return builder.graph.type(value).elementType.isFloat
        }
        var named: [(name: String, value: ValueID)] = []
        for output in live.outputs {
            guard let value = try value(output) else {
                throw OsteonError(.malformed, "\(table.nodes[output.node].name) has no output \(output.output).")
            }
            let tensor = table.tensorName(output)
            named.append((names[tensor] ?? tensor, value))
        }
        try builder.finish(named)
        return builder.graph
    }

    /// The value of a tensor; nil where its node couldn't be converted. Fed tensors become inputs when first read.
    private mutating func value(_ reference: TensorReference) throws(OsteonError) -> ValueID? {
        if let known = values[reference] { return known }
        guard !unsupported.contains(reference.node), let feed = try feeds.feed(reference) else { return nil }
        do {
            let value = try fed(reference, feed)
            values[reference] = value
            return value
        } catch {
            guard error.code == .unsupported else { throw error }
            unsupported.add(reference.node, error.message)
            return nil
        }
    }

    private mutating func convert(_ place: Int, _ node: GraphNode) throws(OsteonError) {
        let first = TensorReference(node: place, output: 0)
        if try value(first) != nil || unsupported.contains(place) { return }
        if node.operation == "Const" {
            guard let proto = try node.attributes.tensor("value") else {
                throw OsteonError(.malformed, "The constant has no value.")
            }
            do {
                values[first] = builder.graph.addConstant(node.name, try constants.tensor(proto))
            } catch {
                guard error.code == .unsupported else { throw error }
                unsupported.add(place, error.message)
            }
            return
        }
        if VariableBindings.variables.contains(node.operation), let variables {
            // A handle stands for its variable's value: nothing imported writes to it.
            values[first] = builder.graph.addConstant(node.name, try variables.tensor(node))
            return
        }
        var sources = node.inputs
        if let taken = live.merged[place] { sources = [taken] }
        let isSwitch = LiveGraph.switches.contains(node.operation) && live.isSettled(place)
        if isSwitch { sources = Array(sources.prefix(1)) }
        var inputs: [ValueID] = []
        for source in sources {
            if let value = try value(source) {
                inputs.append(value)
            } else if values[TensorReference(node: source.node, output: 0)] != nil {
                throw OsteonError(.malformed, "It reads \(table.tensorName(source)), an output that isn't there.")
            } else {
                unsupported.block(place, by: source)
            }
        }
        guard inputs.count == sources.count else {
            if !isSwitch, live.merged[place] == nil, ImportRules.rule(for: node.operation) == nil { unsupported.add(place, nil) }
            return
        }
        if isSwitch || live.merged[place] != nil {
            guard let input = inputs.first else { throw OsteonError(.malformed, "It has no input.") }
            values[first] = input
            if isSwitch { values[TensorReference(node: place, output: 1)] = input }
            return
        }
        try apply(place, node, inputs)
    }

    private mutating func apply(_ place: Int, _ node: GraphNode, _ inputs: [ValueID]) throws(OsteonError) {
        guard let rule = ImportRules.rule(for: node.operation) else {
            unsupported.add(place, nil)
            return
        }
        builder.scope = node.name
        let request = RuleNode(name: node.name, operation: node.operation, inputs: inputs, attributes: node.attributes)
        let results: [ValueID]
        do {
            results = try rule(request, builder)
        } catch {
            guard error.code == .unsupported else { throw error }
            unsupported.add(place, error.message)
            return
        }
        for (output, value) in results.enumerated() {
            values[TensorReference(node: place, output: output)] = value
            if builder.origins[value] == nil { builder.origins[value] = request }
        }
    }
}

// MARK: What's fed

extension GraphConversion {
    private mutating func fed(_ reference: TensorReference, _ feed: Feeds.Feed) throws(OsteonError) -> ValueID {
        let tensor = table.tensorName(reference)
        let node = table.nodes[reference.node]
        let name = names[tensor] ?? tensor
        switch feed {
        case .constant(let number):
            settled[tensor] = number
            let type = try elementType(reference, nil, name)
            let shape = try shape(node, reference.output)
            // Without a shape it's a switch or a share: one number.
            let extents = shape.map { $0.unknownRank ? [] : $0.dim.map { Int($0.size) } } ?? []
            guard extents.allSatisfy({ $0 >= 0 }), let count = try? Checked.product(extents), count <= 1 << 24 else {
                throw OsteonError(.usage, "\(name) has the shape \(extents): only a tensor of fixed shape can be fed a constant.")
            }
            let filled = try Tensor([Double](repeating: number, count: count), shape: extents)
            return builder.graph.addConstant(name, try filled.converted(to: type))
        case .input(let cut):
            return builder.graph.addInput(name, TensorType(try elementType(reference, cut, name), try dimensions(reference, cut, name)))
        }
    }

    /// The element type of a tensor that's fed: as the signature, its node or what makes it tells, `f32` with a note where none does.
    private mutating func elementType(_ reference: TensorReference, _ cut: Feeds.Cut?, _ name: String) throws(OsteonError) -> ElementType {
        if let declared = cut?.declared, declared.type != .dtInvalid { return try declared.type.elementType() }
        if let type = try OperationOutputs.elementType(of: table.nodes[reference.node], reference.output) { return type }
        if let type = cutTypes[reference] { return type.elementType }
        untyped.insert(name)
        return .f32
    }

    /// A name shared by two inputs would force their batches to be equal, which nothing in the file says.
    private func batchName(_ name: String) -> String { builder.graph.inputs.isEmpty ? "N" : "\(name)_0" }

    /// The shape of an input: the caller's, the signature's, the node's, or what the graph before it makes.
    private func dimensions(_ reference: TensorReference, _ cut: Feeds.Cut, _ name: String) throws(OsteonError) -> [Dimension]? {
        let batch = batchName(name)
        if let shape = cut.shape {
            guard shape.allSatisfy({ $0 >= -1 }) else { throw OsteonError(.usage, "The shape \(shape) for \(name) isn't one.") }
            return shape.enumerated().map { axis, extent in extent >= 0 ? .fixed(extent) : .free(axis == 0 ? batch : "\(name)_\(axis)") }
        }
        if let declared = cut.declared?.shape, !declared.unknownRank { return try declared.dimensions(of: name, batch: batch) }
        if let noted = try shape(table.nodes[reference.node], reference.output), !noted.unknownRank {
            return try noted.dimensions(of: name, batch: batch)
        }
        return cutTypes[reference]?.shape?.enumerated().map { axis, dimension in
            dimension.fixed == nil ? .free(axis == 0 ? batch : "\(name)_\(axis)") : dimension
        }
    }

    /// The shape the file notes for a node's output, or for the placeholder that it passes on.
    private func shape(_ node: GraphNode, _ output: Int, depth: Int = 16) throws(OsteonError) -> Tensorflow_TensorShapeProto? {
        if node.operation.hasPrefix("Placeholder"), let shape = try node.attributes.shape("shape") { return shape }
        for list in ["_output_shapes", "output_shapes"] {
            if let shape = try node.attributes.shape(list, at: output) { return shape }
        }
        guard depth > 0, node.operation == "Merge" || node.operation == "Identity" || LiveGraph.switches.contains(node.operation) else {
            return nil
        }
        let sources = node.operation == "Merge" ? node.inputs : Array(node.inputs.prefix(1))
        for source in sources where source.node >= 0 {
            if let shape = try shape(table.nodes[source.node], source.output, depth: depth - 1) { return shape }
        }
        return nil
    }
}
