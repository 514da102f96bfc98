import Bytes
import GraphIR
import Operators
import Tensors

/// Writes activations in their simplest form, which more kernels know.
package struct SimplifyActivations: RewriteRule {
    package static let id = "simplify-activations"
    package static let promise = NumericPromise.rounding(relative: 0)
    package static let runsAfter = ["fold-constants", "push-transpositions"]
    package static let documentation = PassDocumentation(
        "Writes activations in their simplest form: one slope for all channels as LeakyRelu, max(x, 0) as Relu.",
        before: "y = PRelu(x, [a]); z = Clip(x, 0); w = Maximum(x, 0)",
        after: "y = LeakyRelu(x) {alpha = a}; z = w = Relu(x)",
        note: "Constants of one number only, of no more axes than x. The same bits, but that Maximum may give either zero.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        let found = view[node]
        guard let op = found.op as? any SimplifiableOperator, let simple = try op.simplified(view.context(node)) else { return nil }
        guard let x = view.input(node, simple.input) else { return nil }
        var patch = GraphPatch("is a \(type(of: simple.op).id)", promise: simple.isExact ? .bitExact : nil)
        patch.replace(found.outputs[0], with: patch.add(simple.op, [.existing(x)], name: found.name))
        return patch
    }
}
