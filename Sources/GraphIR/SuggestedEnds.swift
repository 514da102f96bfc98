import Bytes
import Tensors

/// Names for the ends of a graph that doesn't name them itself, from a configuration that may have been written for another graph.
///
/// They're of use only where the graph has them; what the caller names goes first.
package struct SuggestedEnds: Sendable {
    /// Taken together or not at all; outputs likewise.
    package var inputs: [String]
    package var outputs: [String]
    /// The shape of the one input, where the graph doesn't even give its rank; -1 leaves an extent free.
    package var shape: [Int]?

    package init(inputs: [String], outputs: [String], shape: [Int]? = nil) {
        self.inputs = inputs
        self.outputs = outputs
        self.shape = shape
    }
}

extension ImportOptions {
    /// The options with the suggested inputs and the suggested outputs, each where the caller gives none and the graph has all of them.
    /// - Parameter has: whether the graph has what these options name.
    /// - Returns: also the names that the graph hasn't got.
    package func settlingEnds(
        has: (ImportOptions) throws(OsteonError) -> Bool
    ) throws(OsteonError) -> (options: ImportOptions, missing: [String]) {
        var result = self
        var missing: [String] = []
        guard let ends = suggestedEnds else { return (self, []) }
        if inputs.isEmpty {
            var cut = ImportOptions()
            for name in ends.inputs { cut.inputs[name] = .some(nil) }
            if try has(cut) { result.inputs = cut.inputs } else { missing += ends.inputs }
        }
        if outputs.isEmpty {
            if try has(ImportOptions(outputs: ends.outputs)) { result.outputs = ends.outputs } else { missing += ends.outputs }
        }
        return (result, missing)
    }

    /// The options with the suggested shape, for a graph whose one input is a suggested one without a rank; nil for any other.
    /// - Parameter given: the options as the caller gave them.
    package func settlingShape(of graph: Graph, given: ImportOptions) -> ImportOptions? {
        guard let shape = suggestedEnds?.shape, given.inputs.isEmpty, graph.inputs.count == 1 else { return nil }
        let input = graph.inputs[0]
        guard graph.type(input).rank == nil, case .some(.none) = inputs[graph[input].name] else { return nil }
        var result = self
        result.inputs[graph[input].name] = shape
        return result
    }
}
