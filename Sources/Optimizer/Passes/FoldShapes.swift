import Bytes
import GraphIR
import Operators
import Tensors

/// Settles shape arithmetic as far as fixed extents go.
package struct FoldShapes: RewriteRule {
    package static let id = "fold-shapes"
    package static let promise = NumericPromise.bitExact
    package static let runsAfter = ["fold-constants"]
    package static let documentation = PassDocumentation(
        "Settles shape arithmetic where the extents it needs are fixed, though others of the same shape are free.",
        before: "s = Concat(Gather(ShapeOf(x: N×4×D), 0), [4, −1]); y = Reshape(x, s)",
        after: "y = Reshape(x, [0, 4, −1])",
        note: "Follows ShapeOf through Gather, Slice, Concat, Squeeze, Unsqueeze and Cast. A vector whose elements are all "
            + "fixed becomes a constant; the shape of a Reshape becomes one with a free extent at its old place as 0 and "
            + "one other as −1.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        let found = view[node]
        if let op = found.op as? Reshape { return try reshape(op, node, in: view) }
        guard found.op.traits.contains(.asksForTypes) || found.op.selection(view.context(node)) != nil else { return nil }
        let output = found.outputs[0]
        let type = view.type(output)
        guard let elements = try SymbolicShape.elements(of: output, in: view), let shape = type.fixedShape else { return nil }
        let numbers = elements.compactMap { $0.fixed }
        guard numbers.count == elements.count else { return nil }
        let tensor = try Tensor(numbers.map { Int64($0) }, shape: shape).converted(to: type.elementType)
        var patch = GraphPatch("always \(numbers)")
        patch.replace(output, with: patch.constant(view[output].name, tensor))
        return patch
    }

    private func reshape(_ op: Reshape, _ node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard !op.allowZero, let x = view.input(node, 0), let shape = view.input(node, 1), view.constant(shape) == nil else { return nil }
        guard let elements = try SymbolicShape.elements(of: shape, in: view) else { return nil }
        // A −1 among the numbers is the one open extent, as written.
        let open = elements.map { $0 == .fixed(-1) ? .unknown : $0 }
        guard !open.contains(.fixed(0)), let numbers = ViewShape.numbers(from: view.type(x), to: TensorType(.i64, open)) else {
            return view.decline(node, "the shape \(TensorType(.i64, elements)) can't be written as a constant")
        }
        var patch = GraphPatch("to \(numbers)")
        let constant = patch.constant("\(view[node].name).shape", try Tensor(numbers.map { Int64($0) }))
        patch.replace(view[node].outputs[0], with: patch.add(Reshape(), [.existing(x), constant], name: view[node].name))
        return patch
    }
}
