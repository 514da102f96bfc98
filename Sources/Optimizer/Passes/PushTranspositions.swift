import Bytes
import GraphIR
import Operators
import Tensors

/// Moves transpositions towards the outputs until they meet and cancel.
package struct PushTranspositions: RewriteRule {
    package static let id = "push-transpositions"
    package static let promise = NumericPromise.rounding(relative: 1e-6)
    package static let runsAfter = ["eliminate-identities", "eliminate-common-subexpressions"]
    package static let documentation = PassDocumentation(
        "Moves transpositions towards the outputs, past whatever works in any layout, until they meet and cancel.",
        before: "y = Transpose(Relu(Transpose(x, NHWC)) + c, NCHW)",
        after: "y = Relu(x) + c′",
        note: "Past elementwise operators (other operands transposed the same way, constants, broadcast operands, or "
            + "operands whose inverse transposition is there already), Concat, Split, Slice, Pad, Tile, Expand, reductions, "
            + "ArgMax, Softmax, Squeeze, Unsqueeze, Resize and quantisation. A transposition other nodes read stays where "
            + "it is unless its copies would cancel. Exact but for sums whose order changes, those of Softmax among them.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        if let op: Transpose = view.op(node) { return merge(op, node, in: view) }
        guard Self.isTransparent(node, in: view), let above = transposition(above: node, in: view) else { return nil }
        var sink = TranspositionSink(node: node, permutation: above.permutation, view: view)
        guard try sink.run() else { return nil }
        // Nothing is multiplied then: the transposition just moves on.
        if !above.isShared, !sink.reusesOthers { return sink.patch }
        guard LayoutVote.outcome(after: node, for: above.permutation, in: view) > 0 else {
            return view.decline(node, "the transposition has other readers, and its copies wouldn't cancel")
        }
        return sink.patch
    }

    /// Whether a transposition can be moved past a node, as far as its operator goes.
    static func isTransparent(_ node: NodeID, in view: GraphView) -> Bool {
        (try? view[node].op.axesMapping(view.context(node)))?.renumbered != nil
    }

    /// Two transpositions in a row.
    private func merge(_ op: Transpose, _ node: NodeID, in view: GraphView) -> GraphPatch? {
        guard let x = view.input(node, 0), let first = view.producer(x, Transpose.self) else { return nil }
        guard let origin = view.input(first.id, 0) else { return nil }
        let rank = view.type(origin).rank ?? view.type(x).rank
        guard let a = Permutation(first.op, rank: rank), let b = Permutation(op, rank: rank), a.rank == b.rank else { return nil }
        let both = a.then(b)
        let output = view[node].outputs[0]
        var patch = GraphPatch(
            both.isIdentity ? "undoes \(view[first.id].name)" : "one transposition with \(view[first.id].name)", promise: .bitExact)
        if both.isIdentity {
            patch.replace(output, with: origin)
        } else {
            patch.replace(
                output, with: patch.add(Transpose(permutation: both.axes), [.existing(origin)], name: view[node].name))
        }
        return patch
    }

    /// The first transposition that feeds `node` with an operand as large as the result, and whether others read it.
    private func transposition(above node: NodeID, in view: GraphView) -> (permutation: Permutation, isShared: Bool)? {
        let isElementwise = view[node].op.traits.contains(.elementwise)
        let output = view.type(view[node].outputs[0])
        for case .some(let input) in view[node].inputs {
            guard let above = view.producer(input, Transpose.self) else { continue }
            let type = view.type(input)
            guard let permutation = Permutation(above.op, rank: type.rank) else { continue }
            if isElementwise, (0..<permutation.rank).contains(where: { type.extent($0) == 1 && output.extent($0) != 1 }) { continue }
            return (permutation, view.isOutput(input) || view.consumers(input).contains { $0 != node })
        }
        return nil
    }
}

/// Asks those who read a node in the end, past operators of any layout, which layout they want it in.
enum LayoutVote {
    /// Those who'd rather have the layout from before `permutation`, less those who want the one after it.
    static func outcome(after node: NodeID, for permutation: Permutation, in view: GraphView) -> Int {
        let current = Permutation(Array(0..<permutation.rank))
        let wanted = permutation.inverse
        var stack = [(node, current)]
        var seen: Set<NodeID> = [node]
        var votes = 0
        func count(_ layout: Permutation) { votes += layout == wanted ? 1 : layout == current ? -1 : 0 }
        while let (id, layout) = stack.popLast(), seen.count < 256 {
            for output in view[id].outputs where view.graph.contains(output) && view.type(output).rank == permutation.rank {
                if view.isOutput(output) { count(layout) }
                for reader in view.consumers(output) where seen.insert(reader).inserted {
                    if let op: Transpose = view.op(reader), let next = Permutation(op, rank: permutation.rank) {
                        stack.append((reader, layout.then(next)))
                    } else if PushTranspositions.isTransparent(reader, in: view) {
                        stack.append((reader, layout))
                    } else {
                        count(layout)
                    }
                }
            }
        }
        return votes
    }
}
