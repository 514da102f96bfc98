import Bytes
import GraphIR
import Operators
import Tensors
import WireFormats

extension GraphSource {
    private static let roundLimit = 64

    /// Imports the graph, cut to what the outputs depend on.
    func importModel(_ given: ImportOptions) throws(OsteonError) -> ImportedModel {
        let inliner = try FunctionInliner(definition.library)
        let library = SubgraphLibrary(inliner)
        var (options, missingEnds) = try settlingEnds(given, inliner)
        let wanted = options.outputs + options.inputs.keys + options.constants.keys + inputs.map(\.tensor) + [restoredBy]
        // Calls that the outputs don't need would take the better names.
        let needed = options.outputs.isEmpty ? definition.node : try Self.ancestors(of: wanted, in: definition.node)
        var nodes = try library.simplified(needed)
        var notes = notes
        var settled: [String: Double] = [:]
        var variables: VariableValues?
        for round in 0..<Self.roundLimit {
            let table = try NodeTable(nodes)
            if round == 0 {
                if let bundle { variables = try VariableValues(bundle, table, restoredBy: restoredBy) }
                if isForTraining, options.outputs.isEmpty {
                    options.outputs = [try TrainingOutput.name(in: table)]
                    notes.append("the output is \(options.outputs[0])")
                }
            }
            let feeds = try Feeds(table, options, declared: inputs)
            let selection = try OutputSelection(table, feeds, options.outputs)
            let live = try LiveGraph(table, feeds, outputs: selection) { ImportRules.evaluate($0, $1) }
            for (place, value) in live.fixed { settled[table.nodes[place].name] = value }
            var decisions: [String: Bool] = [:]
            for place in live.order { decisions[table.nodes[place].name] = live.decisions[place] }
            guard decisions.isEmpty else {
                nodes = try library.simplified(inliner.inliningBranches(decisions, in: nodes))
                continue
            }
            let cutTypes = CutTypes.inferred(table, feeds, variables, library)
            let context = ConversionContext(library, variables, names: names, settled: settled, cutTypes: cutTypes)
            var conversion = GraphConversion(table, feeds, live, context)
            let graph = try conversion.run()
            if let shaped = options.settlingShape(of: graph, given: given) {
                options = shaped
                continue
            }
            var model = ImportedModel(
                graph: graph, format: format, producer: producer, sourceFiles: files + (variables?.files ?? []),
                notes: notes + conversion.notes())
            model.missingEnds = missingEnds
            return model
        }
        throw OsteonError(.limitExceeded, "The graph's conditions take more than \(Self.roundLimit) rounds to settle.")
    }

    /// The options with those of the suggested ends that the graph has once its functions are inlined.
    private func settlingEnds(
        _ options: ImportOptions, _ inliner: FunctionInliner
    ) throws(OsteonError) -> (options: ImportOptions, missing: [String]) {
        guard options.suggestedEnds != nil else { return (options, []) }
        // In a library of its own: names of loops count what was simplified.
        let nodes = (try? SubgraphLibrary(inliner).simplified(definition.node)) ?? definition.node
        let table = try NodeTable(nodes)
        return try options.settlingEnds { (ends) throws(OsteonError) in try Feeds.names(ends, areIn: table) }
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
}
