import Bytes
import GraphIR
import Operators
import Tensors
import WireFormats

/// Reads TensorFlow graphs into portable ones.
package struct TensorFlowImporter {
    /// Whether `bytes` begin as a TensorFlow GraphDef does; reads no more than the first node.
    package static func recognizes(bytes: UnsafeRawBufferPointer) -> Bool {
        GraphDefFile.recognizes(bytes)
    }

    /// Imports a frozen graph: a GraphDef whose variables have become constants.
    ///
    /// Only what the outputs depend on is imported. Conditions on the training switch are settled (inference unless
    /// `options.constants` says otherwise) and the dead branches left out. Channels-last spatial operations become
    /// channels-first ones between transposes; weights are transposed here, once. Values keep the names of their nodes,
    /// further outputs as "node:1".
    /// - Parameters:
    ///   - options: names may end in ":0". Without outputs, every float tensor is given out that nothing reads and that
    ///     depends on an input.
    /// - Throws: `.malformed` for a damaged file, `.unsupported` listing every operation there's no rule for,
    ///   `.usage` for options that name nothing in the graph.
    package static func importFrozenGraph(
        path: String, options: ImportOptions = ImportOptions()
    ) throws(OsteonError) -> ImportedModel {
        try locating(path) { () throws(OsteonError) in
            let definition = try GraphDefFile.decode(MappedFile(path: path))
            let version = definition.versions.producer
            let producer = version > 0 ? "TensorFlow (graph version \(version))" : "TensorFlow"
            return try importGraph(
                GraphSource(definition: definition, files: [path], format: "tensorflow", producer: producer), options: options)
        }
    }

    static func importGraph(_ source: GraphSource, options: ImportOptions) throws(OsteonError) -> ImportedModel {
        let inliner = try FunctionInliner(source.definition.library)
        var options = options
        let wanted = options.outputs + options.inputs.keys + options.constants.keys + source.inputs.map(\.tensor) + [source.restoredBy]
        // Calls that the outputs don't need would take the better names.
        let needed = options.outputs.isEmpty ? source.definition.node : try ancestors(of: wanted, in: source.definition.node)
        var nodes = try inliner.inliningCalls(needed)
        var notes = source.notes
        var settled: [String: Double] = [:]
        var variables: VariableValues?
        var work = 0
        for round in 0..<roundLimit {
            work = try Checked.add(work, nodes.count)
            guard round == 0 || work <= workLimit else { break }
            let table = try NodeTable(nodes)
            if round == 0 {
                if let bundle = source.bundle { variables = try VariableValues(bundle, table, restoredBy: source.restoredBy) }
                if source.isForTraining, options.outputs.isEmpty {
                    options.outputs = [try TrainingOutput.name(in: table)]
                    notes.append("the output is \(options.outputs[0])")
                }
            }
            let feeds = try Feeds(table, options, declared: source.inputs)
            let selection = try OutputSelection(table, feeds, options.outputs)
            let live = try LiveGraph(table, feeds, outputs: selection) { ImportRules.evaluate($0, $1) }
            var decisions: [String: Bool] = [:]
            var loops: [String: Bool?] = [:]
            for place in live.order {
                let node = table.nodes[place]
                let decision = live.decisions[place]
                if LiveGraph.loops.contains(node.operation) {
                    // Begin, or go a step on; a condition that stays unknown is left to be reported.
                    let isNew = LoopUnroller.condition(of: node, in: table) == nil
                    if isNew || decision != nil { loops[node.name] = .some(decision) }
                } else if let decision {
                    decisions[node.name] = decision
                }
            }
            for (place, value) in live.fixed { settled[table.nodes[place].name] = value }
            if decisions.isEmpty, loops.isEmpty {
                var conversion = GraphConversion(
                    table, feeds, live, variables, names: source.names, settled: settled,
                    cutTypes: CutTypes.inferred(table, feeds, variables))
                let graph = try conversion.run()
                let shards = variables?.files ?? []
                return ImportedModel(
                    graph: graph, format: source.format, producer: source.producer, sourceFiles: source.files + shards,
                    notes: notes + conversion.notes())
            }
            nodes = try inliner.inliningBranches(decisions, in: unrolling(loops, in: nodes))
            nodes = try inliner.inliningCalls(nodes)
        }
        throw OsteonError(.limitExceeded, "The graph's conditions and loops take too many rounds to settle.")
    }

    /// The nodes that those named depend on, in the order they have; all where a name isn't one's.
    private static func ancestors(
        of names: [String], in nodes: [Tensorflow_NodeDef]
    ) throws(OsteonError) -> [Tensorflow_NodeDef] {
        let table = try NodeTable(nodes)
        var roots: [Int] = []
        for name in names where !name.isEmpty {
            guard let place = try table.reference(name)?.node else { return nodes }
            roots.append(place)
        }
        let isNeeded = table.ancestors(of: roots)
        return nodes.indices.filter { isNeeded[$0] }.map { nodes[$0] }
    }

    private static let roundLimit = LoopUnroller.mostIterations + 64
    /// Most nodes that all rounds together may look at.
    private static let workLimit = 40_000_000

    private static func unrolling(
        _ loops: [String: Bool?], in nodes: [Tensorflow_NodeDef]
    ) throws(OsteonError) -> [Tensorflow_NodeDef] {
        if loops.isEmpty { return nodes }
        var result: [Tensorflow_NodeDef] = []
        for node in nodes {
            if let goesOn = loops[node.name] { result += try LoopUnroller.nodes(for: node, goesOn: goesOn) } else { result.append(node) }
        }
        return result
    }
}
