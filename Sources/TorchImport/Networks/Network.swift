import Bytes
import GraphIR
import ImportSupport
import Tensors

/// Puts a definition and weights together, and holds both to each other: nothing missing, nothing left over.
enum Network {
    private static let mostListed = 10

    /// The graph of `definition` with the weights of `source` that are its own.
    /// - Parameter prefix: what stands before their names, where it's given.
    /// - Throws: `.invalidGraph` listing what's missing, has another shape or is left over; `.usage` where several places fit.
    static func build(
        _ definition: any NetworkDefinition, _ source: WeightsFile, prefix: String?, _ notes: inout [String]
    ) throws(OsteonError) -> Graph {
        let reading = try WeightsSearch(definition).reading(of: source.candidates, prefix: prefix)
        let builder = NetworkBuilder(name: Swift.type(of: definition).name, rank: definition.rank, weights: reading.weights)
        let outputs = try build(definition, builder)
        if let problem = problem(builder, definition) { throw problem }
        try finish(builder, outputs)
        notes += self.notes(reading)
        notes += self.notes(builder, definition)
        return builder.graph
    }

    private static func notes(_ reading: WeightsSearch.Reading) -> [String] {
        var notes: [String] = []
        if !reading.candidate.keys.isEmpty { notes.append("The weights are those under \"\(reading.candidate.title)\".") }
        if !reading.prefix.isEmpty {
            let others = reading.others
            notes.append(
                others.isEmpty
                    ? "The prefix \(reading.prefix) of all names is left out."
                    : "The weights are those with the prefix \(reading.prefix); \(others.count == 1 ? "1 tensor" : "\(others.count) tensors") beside them \(others.count == 1 ? "is" : "are") left out (\(list(others)))."
            )
        }
        if let note = reading.candidate.note { notes.append(note) }
        return notes
    }

    /// The names of the network's parameters, in the order they're asked for.
    static func parameterNames(_ definition: any NetworkDefinition) throws(OsteonError) -> [String] {
        let builder = NetworkBuilder(name: "", rank: definition.rank, weights: try StateDict([]), readsWeights: false)
        _ = try build(definition, builder)
        return builder.missing
    }

    /// Whether the network's parameters have just the names and shapes of `weights`, none of which is read.
    static func fits(_ definition: any NetworkDefinition, _ weights: StateDict) throws(OsteonError) -> Bool {
        try problem(definition, weights) == nil
    }

    /// What doesn't fit between the network and `weights`, none of which is read.
    static func problem(_ definition: any NetworkDefinition, _ weights: StateDict) throws(OsteonError) -> OsteonError? {
        let builder = NetworkBuilder(name: "", rank: definition.rank, weights: weights, readsWeights: false)
        _ = try build(definition, builder)
        return problem(builder, definition)
    }

    private static func build(_ definition: any NetworkDefinition, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        let free: [Dimension] = ["D", "H", "W"].suffix(definition.rank).map(Dimension.free)
        let axes = definition.inputExtents.map { $0.map(Dimension.fixed) } ?? free
        let x = builder.graph.addInput("input", TensorType(.f32, [.free("N"), .fixed(definition.inputChannels)] + axes))
        return try definition.build(x, builder)
    }

    private static func finish(_ builder: NetworkBuilder, _ outputs: [ValueID]) throws(OsteonError) {
        try builder.finish(outputs.enumerated().map { (outputs.count == 1 ? "output" : "output_\($0.offset + 1)", $0.element) })
        try builder.graph.verify()
    }

    /// What doesn't fit between the network and the weights; nil where all does.
    private static func problem(_ builder: NetworkBuilder, _ definition: any NetworkDefinition) -> OsteonError? {
        let left = leftOver(builder).filter { !definition.isIgnorable($0) }
        var problems: [String] = []
        if !builder.missing.isEmpty { problems.append("\(count(builder.missing, "weight")) missing: \(list(builder.missing))") }
        if !builder.misshapen.isEmpty {
            problems.append("\(count(builder.misshapen, "weight")) of another shape or type: \(list(builder.misshapen))")
        }
        if !left.isEmpty { problems.append("\(count(left, "tensor")) of the file left over: \(list(left))") }
        if problems.isEmpty { return nil }
        return OsteonError(
            .invalidGraph,
            "The weights aren't those of \(Swift.type(of: definition).name) with these arguments: \(problems.joined(separator: "; ")).")
    }

    private static func count(_ names: [String], _ noun: String) -> String {
        names.count == 1 ? "1 \(noun) is" : "\(names.count) \(noun)s are"
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(mostListed).joined(separator: ", ") + (names.count > mostListed ? " and more" : "")
    }

    /// Tensors that the network didn't ask for; counters of batches count for nothing.
    private static func leftOver(_ builder: NetworkBuilder) -> [String] {
        builder.weights.entries.map(\.name).filter { !builder.hasTaken($0) && !$0.hasSuffix("num_batches_tracked") }
    }

    private static func notes(_ builder: NetworkBuilder, _ definition: any NetworkDefinition) -> [String] {
        var notes: [String] = []
        let ignored = leftOver(builder)
        if let first = ignored.first {
            notes.append("\(ignored.count) tensors have no use at inference and are left out (\(first)\(ignored.count > 1 ? ", …" : "")).")
        }
        if !builder.converted.isEmpty {
            let types = builder.converted.map(\.rawValue).sorted().joined(separator: ", ")
            notes.append("Weights of type \(types) are converted to f32.")
        }
        return notes
    }
}
