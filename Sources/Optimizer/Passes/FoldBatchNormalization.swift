import Bytes
import GraphIR
import Operators
import Tensors

/// Folds a batch normalisation into the operator before it.
package struct FoldBatchNormalization: RewriteRule {
    package static let id = "fold-batch-normalization"
    package static let promise = NumericPromise.rounding(relative: 1e-5)
    package static let runsAfter = ["push-transpositions", "eliminate-identities"]
    package static let documentation = PassDocumentation(
        "Folds a batch normalisation into the convolution, matrix product or normalisation before it.",
        before: "y = BatchNormalization(Convolution(x, W, b), γ, β, μ, σ²)",
        after: "y = Convolution(x, W · s, b · s + t)",
        note: "s = γ / √(σ² + ε) and t = β − μ · s by output channel, in double precision, then rounded once. "
            + "Needs constants throughout, no activation in between and no other reader of the operator. "
            + "A normalisation after anything else stays: the engine has a kernel for it.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard let op: BatchNormalization = view.op(node), let x = view.input(node, 0) else { return nil }
        guard let target = try ChannelwiseTarget(making: x, for: node, in: view, scales: true) else { return nil }
        guard target.axis == 1 else { return nil }
        var parameters: [[Double]] = []
        for index in 1...4 {
            guard let tensor = view.constant(view.input(node, index)), tensor.count == target.channels else {
                return view.decline(node, "its parameters aren't constants")
            }
            parameters.append(try tensor.doubles())
        }
        let (scale, shift) = op.folded(parameters)
        guard scale.allSatisfy({ $0.isFinite }) else { return view.decline(node, "a channel's deviation is 0") }
        var patch = GraphPatch("folded into \(view[target.node].name)", promise: .rounding(in: target.elementType))
        patch.replace(view[node].outputs[0], with: try target.absorb(scale: scale, shift: shift, into: &patch, in: view))
        return patch
    }
}
