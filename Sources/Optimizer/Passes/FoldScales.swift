import Bytes
import GraphIR
import Operators
import Tensors

/// Folds a multiplication by constants into the operator before it.
package struct FoldScales: RewriteRule {
    package static let id = "fold-scales"
    package static let promise = NumericPromise.rounding(relative: 1e-5)
    package static let runsAfter = ["recognize-group-normalization", "recognize-normalization", "fold-batch-normalization"]
    package static let documentation = PassDocumentation(
        "Folds a multiplication or division by one constant a channel into the operator before it.",
        before: "y = Convolution(x, W, b) · s",
        after: "y = Convolution(x, W · s, b · s)",
        note: "Also into transposed convolutions, matrix products and the scale of batch, instance and group "
            + "normalisations. Products in double precision, rounded once. A constant that varies along another axis "
            + "than the channels, or an operator with other readers, is left.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard let (op, operands) = view.affineOperand(node), op.multiplies else { return nil }
        guard let target = try ChannelwiseTarget(making: operands.value, for: node, in: view, scales: true) else { return nil }
        guard let values = try target.perChannel(operands.constant, in: view) else { return nil }
        let scale = values.compactMap { op.step(constant: $0, isFirst: operands.isConstantFirst)?.scale }
        guard scale.count == values.count else { return nil }
        guard scale.allSatisfy({ $0.isFinite }) else { return view.decline(node, "a factor isn't finite") }
        var patch = GraphPatch("folded into \(view[target.node].name)", promise: .rounding(in: target.elementType))
        let shift = try [Double](budgeted: 0, count: target.channels)
        patch.replace(view[node].outputs[0], with: try target.absorb(scale: scale, shift: shift, into: &patch, in: view))
        return patch
    }
}
