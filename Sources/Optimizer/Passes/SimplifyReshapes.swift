import Bytes
import GraphIR
import Operators
import Tensors

/// Makes one reshape, or none, of several in a row.
package struct SimplifyReshapes: RewriteRule {
    package static let id = "simplify-reshapes"
    package static let promise = NumericPromise.bitExact
    package static let runsAfter = ["fold-constants", "recognize-group-normalization"]
    package static let documentation = PassDocumentation(
        "Makes one reshape of several in a row, and none where they end in the shape they began with.",
        before: "y = Flatten(Unsqueeze(Reshape(x, a), b))",
        after: "y = Reshape(x, c), or x",
        note: "For Reshape, Flatten, Squeeze and Unsqueeze. Free extents are written as 0 or −1; with more open extents "
            + "than that can say, the chain stays.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        let found = view[node]
        guard isReshape(found.op), let x = view.input(node, 0) else { return nil }
        guard let producer = view.graph.producer(x), isReshape(view[producer].op) else { return nil }
        guard let origin = view.input(producer, 0) else { return nil }
        let target = view.type(found.outputs[0])
        if target.hasShape(of: view.type(origin)) {
            var patch = GraphPatch("undoes \(view[producer].name)")
            patch.replace(found.outputs[0], with: origin)
            return patch
        }
        var patch = GraphPatch("one reshape with \(view[producer].name)")
        guard let merged = try ViewShape.reshape(origin, to: target, name: found.name, in: view, &patch) else {
            return view.decline(node, "the shape \(target) has too many open extents")
        }
        patch.replace(found.outputs[0], with: merged)
        return patch
    }

    private func isReshape(_ op: any Operator) -> Bool {
        op.traits.contains(.view) && !op.traits.contains(.identity)
    }
}
