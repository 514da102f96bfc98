import Bytes
import GraphIR

/// Removes what no output depends on.
package struct EliminateDeadCode: GraphPass {
    package static let id = "eliminate-dead-code"
    package static let promise = NumericPromise.bitExact
    package static let documentation = PassDocumentation(
        "Removes nodes and constants no output depends on.",
        before: "y = f(x); z = g(x); output y",
        after: "y = f(x); output y",
        note: "Inputs of the graph stay, used or not. Whatever a patch leaves unread goes with that patch.")

    package init() {}

    package func patches(in view: GraphView) throws(OsteonError) -> [GraphPatch] {
        var patches: [GraphPatch] = []
        for id in try view.graph.topologicalOrder().reversed() {
            let outputs = view[id].outputs
            guard !outputs.contains(where: { view.graph.contains($0) && view.isRead($0) }) else { continue }
            var patch = GraphPatch("its outputs are unused")
            patch.remove(id)
            patches.append(patch)
        }
        let unread = view.graph.valueIDs.filter { view.constant($0) != nil && !view.isRead($0) }
        guard !unread.isEmpty else { return patches }
        var patch = GraphPatch("\(unread.count) unused constants")
        for value in unread { patch.removeConstant(value) }
        return patches + [patch]
    }
}
