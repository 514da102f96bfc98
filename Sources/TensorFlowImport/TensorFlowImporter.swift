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
        let library = SubgraphLibrary(inliner)
        var options = options
        let wanted = options.outputs + options.inputs.keys + options.constants.keys + source.inputs.map(\.tensor) + [source.restoredBy]
        // Calls that the outputs don't need would take the better names.
        let needed = options.outputs.isEmpty ? source.definition.node : try ancestors(of: wanted, in: source.definition.node)
        var nodes = try library.simplified(needed)
        var notes = source.notes
        var settled: [String: Double] = [:]
        var variables: VariableValues?
        for round in 0..<roundLimit {
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
            for (place, value) in live.fixed { settled[table.nodes[place].name] = value }
            var decisions: [String: Bool] = [:]
            for place in live.order { decisions[table.nodes[place].name] = live.decisions[place] }
            if decisions.isEmpty {
                let cutTypes = CutTypes.inferred(table, feeds, variables, library)
                let context = ConversionContext(library, variables, names: source.names, settled: settled, cutTypes: cutTypes)
                var conversion = GraphConversion(table, feeds, live, context)
                let graph = try conversion.run()
                let shards = variables?.files ?? []
                return ImportedModel(
                    graph: graph, format: source.format, producer: source.producer, sourceFiles: source.files + shards,
                    notes: notes + conversion.notes())
            }
            nodes = try library.simplified(inliner.inliningBranches(decisions, in: nodes))
        }
        throw OsteonError(.limitExceeded, "The graph's conditions take more than \(roundLimit) rounds to settle.")
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

    private static let roundLimit = 64
}
