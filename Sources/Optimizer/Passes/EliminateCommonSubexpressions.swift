import Bytes
import GraphIR
import Tensors

/// Keeps one of several equal constants, and one of several nodes that compute the same.
package struct EliminateCommonSubexpressions: GraphPass {
    package static let id = "eliminate-common-subexpressions"
    package static let promise = NumericPromise.bitExact
    package static let runsAfter = ["fold-constants"]
    package static let documentation = PassDocumentation(
        "Keeps one of several equal constants and one of several nodes that compute the same.",
        before: "a = f(x, c); b = f(x, d) with c = d bit for bit",
        after: "a = f(x, c), read in place of b",
        note: "Nodes are the same with equal operators, attributes and inputs; inputs of commutative operators in any "
            + "order. Two outputs of the graph stay two.")

    package init() {}

    package func patches(in view: GraphView) throws(OsteonError) -> [GraphPatch] {
        var kept: [ValueID: ValueID] = [:]
        var patches: [GraphPatch] = []
        mergeConstants(view, &kept, &patches)
        try mergeNodes(view, &kept, &patches)
        return patches
    }

    private func mergeConstants(_ view: GraphView, _ kept: inout [ValueID: ValueID], _ patches: inout [GraphPatch]) {
        var groups: [ConstantKey: [(ValueID, Tensor)]] = [:]
        for value in view.graph.valueIDs {
            guard let tensor = view.constant(value) else { continue }
            let key = ConstantKey(tensor)
            if let (twin, _) = groups[key]?.first(where: { $0.1.isIdentical(to: tensor) }) {
                kept[value] = twin
                var patch = GraphPatch("the same constant as \(view[twin].name)")
                patch.replace(value, with: twin)
                patches.append(patch)
            } else {
                groups[key, default: []].append((value, tensor))
            }
        }
    }

    private func mergeNodes(
        _ view: GraphView, _ kept: inout [ValueID: ValueID], _ patches: inout [GraphPatch]
    ) throws(OsteonError) {
        var seen: [NodeKey: NodeID] = [:]
        for id in try view.graph.topologicalOrder() {
            let node = view[id]
            let key = NodeKey(node, kept)
            guard let twin = seen[key] else {
                seen[key] = id
                continue
            }
            var patch = GraphPatch("computes the same as \(view[twin].name)")
            for (mine, its) in zip(node.outputs, view[twin].outputs) {
                guard view.graph.contains(mine), view.graph.contains(its) else { continue }
                kept[mine] = its
                patch.replace(mine, with: its)
            }
            patches.append(patch)
        }
    }
}

/// Tells most unequal constants apart without reading them whole.
private struct ConstantKey: Hashable {
    let elementType: ElementType
    let shape: [Int]
    let sample: [UInt8]

    init(_ tensor: Tensor) {
        elementType = tensor.elementType
        shape = tensor.shape
        sample = Array(tensor.bytes.prefix(32)) + Array(tensor.bytes.suffix(32))
    }
}

private struct NodeKey: Hashable {
    let id: String
    let attributes: [AttributeValue]
    let inputs: [ValueID?]
    let outputCount: Int

    init(_ node: Node, _ kept: [ValueID: ValueID]) {
        id = type(of: node.op).id
        attributes = node.op.attributes.map { $0.value }
        outputCount = node.outputs.count
        let canonical = node.inputs.map { input in input.map { kept[$0] ?? $0 } }
        let sorted = canonical.compactMap { $0 }.sorted()
        inputs = node.op.traits.contains(.commutative) && sorted.count == canonical.count ? sorted : canonical
    }
}
