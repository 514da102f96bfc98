import Bytes
import GraphIR
import Operators
import Tensors

/// Turns a transposition that only moves axes of extent 1 into a reshape.
package struct LowerTrivialTranspositions: RewriteRule {
    package static let id = "lower-trivial-transpositions"
    package static let promise = NumericPromise.bitExact
    package static let runsAfter = ["push-transpositions"]
    package static let documentation = PassDocumentation(
        "Turns a transposition that only moves axes of extent 1 into a reshape, which costs nothing.",
        before: "y = Transpose(x: N×D×H×W×1, [0, 4, 1, 2, 3])",
        after: "y = Reshape(x, [0, 1, D, H, W])",
        note: "The axes whose extent isn't known to be 1 must stay in order. Free extents are written as 0 or −1; with "
            + "more of them out of place the transposition stays.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard let op: Transpose = view.op(node), let x = view.input(node, 0) else { return nil }
        guard let permutation = Permutation(op, rank: view.type(x).rank) else { return nil }
        let moved = permutation.axes.filter { view.type(x).extent($0) != 1 }
        guard moved == moved.sorted() else { return nil }
        var patch = GraphPatch("only axes of extent 1 move")
        let output = view[node].outputs[0]
        guard let reshaped = try ViewShape.reshape(x, to: view.type(output), name: view[node].name, in: view, &patch) else {
            return view.decline(node, "the shape \(view.type(output)) has too many open extents")
        }
        patch.replace(output, with: reshaped)
        return patch
    }
}
