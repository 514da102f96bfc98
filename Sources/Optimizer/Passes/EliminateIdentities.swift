import Bytes
import GraphIR
import Operators
import Tensors

/// Removes nodes that return their input unchanged.
package struct EliminateIdentities: RewriteRule {
    package static let id = "eliminate-identities"
    package static let promise = NumericPromise.bitExact
    package static let runsAfter = ["fold-constants"]
    package static let documentation = PassDocumentation(
        "Removes nodes that return their input unchanged.",
        before: "y = Reshape(x: 2×3, [2, 3]); z = y · 1",
        after: "x in place of z",
        note: "Identity; Transpose, Reshape, Cast, Expand and Resize that change nothing; adding 0 (integers, or the float "
            + "−0), subtracting 0, multiplying or dividing by 1, powers of 1; Concat of one input, Split into one, Pad by "
            + "zeros, Slice of everything, Tile by ones, Clip without bounds, pooling of single elements. Adding the float "
            + "+0 is left: it turns −0 into +0.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        let found = view[node]
        guard found.outputs.count == 1, let unchanged = try found.op.unchangedInput(view.context(node)) else { return nil }
        guard let input = view.input(node, unchanged.input) else { return nil }
        var patch = GraphPatch(unchanged.reason, promise: unchanged.isExact ? nil : .rounding(relative: 0))
        patch.replace(found.outputs[0], with: input)
        return patch
    }
}
