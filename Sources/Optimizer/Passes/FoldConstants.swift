import Bytes
import GraphIR
import Operators
import Tensors

/// Evaluates what depends on constants alone.
package struct FoldConstants: RewriteRule {
    package static let id = "fold-constants"
    package static let promise = NumericPromise.bitExact
    package static let documentation = PassDocumentation(
        "Evaluates nodes whose inputs are all constants, and those the types alone decide.",
        before: "y = f(c, d); n = ShapeOf(x: 1×4×96)",
        after: "y, n constants",
        note: "A result that would make the file bigger stays a node: it may have 64 KiB more bytes than the constants "
            + "that go with the node. Dequantisation of weights stays, it's what keeps them small.")

    /// What a result may add to the file.
    static let allowance = 1 << 16

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        let found = view[node]
        guard !found.op.traits.contains(.dequantizes) else { return nil }
        guard let results = try results(of: node, in: view) else { return nil }
        var patch = GraphPatch("evaluated: \(results.map { "\($0.type)" }.joined(separator: ", "))")
        for (output, tensor) in zip(found.outputs, results) where view.graph.contains(output) {
            patch.replace(output, with: patch.constant(view[output].name, tensor))
        }
        return patch
    }

    private func results(of node: NodeID, in view: GraphView) throws(OsteonError) -> [Tensor]? {
        let found = view[node]
        let constants = found.inputs.map(view.constant)
        if let known = try found.op.evaluateFromTypes(view.context(node)) {
            return known.reduce(0) { $0 + $1.byteCount } <= Self.allowance ? known : nil
        }
        guard zip(found.inputs, constants).allSatisfy({ $0 == nil || $1 != nil }) else { return nil }
        let budget = Self.allowance + freedBytes(node, in: view)
        let sum = try? Checked.sum(found.outputs.map { view.type($0).byteCount ?? 0 })
        guard let expected = sum, expected <= budget else {
            _ = view.decline(node, "its \(sum.map(String.init) ?? "many") bytes would make the file bigger")
            return nil
        }
        do {
            let results = try found.op.evaluate(constants, outputCount: found.outputs.count)
            return results.reduce(0) { $0 + $1.byteCount } <= budget ? results : nil
        } catch {
            _ = view.decline(node, "it can't be evaluated: \(error.message)")
            return nil
        }
    }

    /// The bytes of constants only this node reads.
    private func freedBytes(_ node: NodeID, in view: GraphView) -> Int {
        Set(view[node].inputs.compactMap { $0 }).reduce(0) { sum, input in
            let isOnlyHere = !view.isOutput(input) && view.consumers(input).allSatisfy { $0 == node }
            return sum + (isOnlyHere ? view.constant(input)?.byteCount ?? 0 : 0)
        }
    }
}
