import Bytes
import GraphIR
import Operators
import Tensors

/// Computes an activation in the same pass as the convolution before it.
package struct FuseActivations: RewriteRule {
    package static let id = "fuse-activations"
    package static let promise = NumericPromise.bitExact
    package static let runsAfter = ["fold-batch-normalization", "fold-scales", "fuse-bias", "simplify-activations"]
    package static let documentation = PassDocumentation(
        "Computes an activation in the same pass as the convolution before it.",
        before: "y = Relu(Convolution(x, W, b))",
        after: "y = Convolution(x, W, b) {activation = relu}",
        note: "For the activations `FusedActivation` knows, and `Clip` between constants, after a convolution or transposed "
            + "convolution nothing else reads. In 16-bit floats one rounding falls away, so they may differ by that.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard let activation = try view.context(node).fusedActivation(view[node].op) else { return nil }
        guard let x = view.input(node, 0), let producer = view.graph.producer(x) else { return nil }
        let found = view[producer]
        guard var fused = found.op as? any ActivationFusing, fused.activation.kind == .none else { return nil }
        fused.activation = activation
        guard view.soleConsumer(x) == node else { return view.decline(node, "\(found.name) has other readers") }
        let isHalf = view.type(x).elementType.isHalf
        var patch = GraphPatch("fused into \(found.name)", promise: isHalf ? .rounding(in: view.type(x).elementType) : nil)
        let output = patch.add(fused, found.inputs.map { .existing($0) }, name: found.name)
        patch.replace(view[node].outputs[0], with: output)
        return patch
    }
}
