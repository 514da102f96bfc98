import Bytes
import GraphIR
import Operators
import Tensors

/// Makes an addition of constants the bias of the operator before it.
package struct FuseBias: RewriteRule {
    package static let id = "fuse-bias"
    package static let promise = NumericPromise.rounding(relative: 1e-5)
    package static let runsAfter = ["fuse-gemm", "fold-batch-normalization", "fold-scales"]
    package static let documentation = PassDocumentation(
        "Makes an addition or subtraction of one constant a channel the bias of the operator before it.",
        before: "y = Convolution(x, W, b) + c",
        after: "y = Convolution(x, W, b + c)",
        note: "With or without a bias before; also for transposed convolutions, matrix products and normalisations. "
            + "The weights needn't be constants, the bias must.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard let (op, operands) = view.affineOperand(node), !op.multiplies else { return nil }
        guard let target = try ChannelwiseTarget(making: operands.value, for: node, in: view, scales: false) else { return nil }
        guard let values = try target.perChannel(operands.constant, in: view) else { return nil }
        let steps = values.compactMap { op.step(constant: $0, isFirst: operands.isConstantFirst) }
        guard steps.count == values.count, steps.allSatisfy({ $0.scale == 1 }) else { return nil }
        var patch = GraphPatch("is the bias of \(view[target.node].name)", promise: .rounding(in: target.elementType))
        let bias = view[node].inputs[operands.isConstantFirst ? 0 : 1].map { view[$0].name }
        let output = try target.absorb(scale: nil, shift: steps.map(\.shift), biasName: bias, into: &patch, in: view)
        patch.replace(view[node].outputs[0], with: output)
        return patch
    }
}
