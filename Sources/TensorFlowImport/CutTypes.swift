import Bytes
import GraphIR
import Tensors
import WireFormats

/// The types of tensors cut to be inputs, from what makes them: the part of the graph before each is imported for it.
enum CutTypes {
    /// - Returns: nothing for a tensor whose type nodes or the caller tell anyway, or whose making isn't supported.
    static func inferred(_ table: NodeTable, _ feeds: Feeds, _ variables: VariableValues?, _ library: SubgraphLibrary) -> [TensorReference:
        TensorType]
    {
        var result: [TensorReference: TensorType] = [:]
        for (reference, cut) in feeds.cuts where cut.shape == nil && cut.declared?.shape?.unknownRank ?? true {
            guard !table.nodes[reference.node].operation.hasPrefix("Placeholder") else { continue }
            let inner = feeds.computing(reference)
            guard let selection = try? OutputSelection(table, inner, [table.tensorName(reference)]),
                let live = try? LiveGraph(table, inner, outputs: selection, evaluate: { ImportRules.evaluate($0, $1) })
            else { continue }
            var conversion = GraphConversion(table, inner, live, ConversionContext(library, variables))
            guard let graph = try? conversion.run(), let output = graph.outputs.first else { continue }
            result[reference] = graph.type(output)
        }
        return result
    }
}
