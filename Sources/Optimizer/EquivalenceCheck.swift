import Bytes
import GraphIR
import Tensors

/// Evaluates a graph before and after each patch and compares what the patch replaced.
///
/// The inputs are the same and everything before the patch is too, so the difference is that of the patch alone.
package struct EquivalenceCheck: Sendable {
    package typealias Evaluate = @Sendable (_ graph: Graph, _ inputs: [String: Tensor]) throws(OsteonError) -> [String: Tensor]

    /// By input name.
    package var inputs: [String: Tensor]
    /// Runs a graph; the outputs by name.
    package var evaluate: Evaluate

    package init(inputs: [String: Tensor], evaluate: @escaping Evaluate) {
        self.inputs = inputs
        self.evaluate = evaluate
    }

    /// - Throws: `.verificationFailed` where a replaced value moved by more than `promise` allows.
    func run(before: Graph, after: Graph, names: [(old: String, new: String)], promise: NumericPromise) throws(OsteonError) {
        guard promise != .lossy, !names.isEmpty else { return }
        let old = try values(names.map { $0.old }, of: before)
        let new = try values(names.map { $0.new }, of: after)
        for (name, pair) in zip(names, zip(old, new)) {
            if let difference = try Self.difference(pair.0, pair.1, promise) {
                throw OsteonError(.verificationFailed, "Value \(name.old) \(difference), but the promise is \(promise).")
            }
        }
    }

    private func values(_ names: [String], of graph: Graph) throws(OsteonError) -> [Tensor] {
        var graph = graph
        var wanted: [ValueID] = []
        for name in names {
            guard let id = graph.value(named: name) else {
                throw OsteonError(.internalFault, "There's no value \(name) to compare.")
            }
            wanted.append(id)
        }
        graph.setOutputs(wanted)
        graph.removeDeadCode()
        let results = try evaluate(graph, inputs)
        var tensors: [Tensor] = []
        for name in names {
            guard let tensor = results[name] else {
                throw OsteonError(.internalFault, "The evaluation returned no value \(name).")
            }
            tensors.append(tensor)
        }
        return tensors
    }

    /// How two tensors differ by more than the promise, or nil.
    package static func difference(_ a: Tensor, _ b: Tensor, _ promise: NumericPromise) throws(OsteonError) -> String? {
        guard a.elementType == b.elementType, a.shape == b.shape else {
            return "became \(b.type) from \(a.type)"
        }
        if a.isIdentical(to: b) { return nil }
        guard case .rounding(let relative) = promise else {
            return promise == .lossy ? nil : "isn't the same bit for bit"
        }
        let comparison = try TensorComparison(b, reference: a, counting: .exact)
        // What's decided by comparing (an arg-max, a mask) may flip where a tie is broken otherwise.
        guard a.elementType.isFloat else {
            let flipped = comparison.mismatchCount ?? 0
            return flipped * 1000 <= comparison.count ? nil : "differs in \(flipped) of \(comparison.count) elements"
        }
        if comparison.passes(Tolerance(relativeToMaximum: relative)) { return nil }
        return "moved by \(comparison.maximumAbsoluteError) of \(comparison.maximumMagnitude)"
    }
}
