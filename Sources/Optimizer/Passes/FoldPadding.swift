import Bytes
import GraphIR
import Operators
import Tensors

/// Makes a padding part of the window of the operator after it.
package struct FoldPadding: RewriteRule {
    package static let id = "fold-padding"
    package static let promise = NumericPromise.rounding(relative: 1e-6)
    package static let runsAfter = ["push-transpositions", "fold-constants"]
    package static let documentation = PassDocumentation(
        "Makes a padding by zeros part of the convolution or pooling after it.",
        before: "y = Convolution(Pad(x, p), W) {pads = q}",
        after: "y = Convolution(x, W) {pads = p + q}",
        note: "Only spatial axes, only padding (no cropping), only explicit or no padding of the operator's own (SAME would see "
            + "another extent). Average pooling must count its padding or have none; a maximum may only be taken over −∞, or "
            + "over 0 where nothing is negative and every window holds an element. A transposition in between stays, over "
            + "what was padded. Zeros contribute nothing, but −0 may become +0.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard let x = view.input(node, 0) else { return nil }
        let above = view.producer(x, Transpose.self)
        guard let pad = view.producer(above.map { view.input($0.id, 0) } ?? x, Pad.self), pad.op.mode == .constant else { return nil }
        guard let origin = view.input(pad.id, 0), let rank = view.type(origin).rank, rank >= 3 else { return nil }
        var order = Permutation(Array(0..<rank))
        if let above {
            guard view.soleConsumer(x) == node, let permutation = Permutation(above.op, rank: rank) else { return nil }
            order = permutation
        }
        guard let absorbed = try absorbed(node, padding: pad.id, in: view) else { return nil }
        var op = absorbed.op
        let window = op.window
        guard window.autoPadding == .explicit || window.autoPadding == .valid else {
            return view.decline(node, "its own padding depends on the extent")
        }
        guard let amounts = try amounts(pad.id, order, in: view) else {
            return view.decline(node, "the padding isn't constant, or not spatial")
        }
        let own = window.autoPadding == .explicit && !window.pads.isEmpty ? window.pads : [Int](repeating: 0, count: amounts.count)
        op.window.pads = zip(own, amounts).compactMap { try? Checked.add($0, $1) }
        guard op.window.pads.count == amounts.count else { return view.decline(node, "the padding is out of range") }
        op.window.autoPadding = .explicit
        if absorbed.needsElements, !holdsElements(window, amounts) {
            return view.decline(node, "a window may hold nothing but padding")
        }
        var patch = GraphPatch("takes over the padding of \(view[pad.id].name)")
        var unpadded = GraphPatch.Reference.existing(origin)
        if let above { unpadded = patch.add(above.op, [unpadded], name: view[above.id].name) }
        let inputs = [unpadded] + view[node].inputs.dropFirst().map { GraphPatch.Reference.existing($0) }
        let outputs = view[node].outputs
        let added = patch.add(op, inputs, name: view[node].name, outputs: outputs.map { view[$0].name })
        for (output, new) in zip(outputs, added) { patch.replace(output, with: new) }
        return patch
    }

    /// The operator as it has to be, where padding by that value may move into its window.
    private func absorbed(_ node: NodeID, padding: NodeID, in view: GraphView) throws(OsteonError) -> AbsorbedPadding? {
        guard let op = view[node].op as? any Windowed, let value = try value(padding: padding, in: view) else { return nil }
        guard let absorbed = op.absorbing(padding: value, view.context(node)) else { return nil }
        return absorbed.needsElements && !isNeverNegative(view.input(padding, 0), in: view) ? nil : absorbed
    }

    private func value(padding: NodeID, in view: GraphView) throws(OsteonError) -> Double? {
        view.input(padding, 2) == nil ? 0 : try view.constant(view.input(padding, 2))?.singleValue()
    }

    private func isNeverNegative(_ value: ValueID?, in view: GraphView) -> Bool {
        guard let value, let producer = view.graph.producer(value) else { return false }
        return view[producer].op.traits.contains(.nonNegative)
    }

    /// Whether no window can lie in the padding alone.
    private func holdsElements(_ window: SpatialWindow, _ amounts: [Int]) -> Bool {
        let count = amounts.count / 2
        guard window.kernel.count == count, window.dilations.allSatisfy({ $0 == 1 }), window.pads.allSatisfy({ $0 == 0 }) else {
            return false
        }
        return (0..<count).allSatisfy { amounts[$0] < window.kernel[$0] && amounts[count + $0] < window.kernel[$0] }
    }

    /// The padding of the spatial axes once permuted, beginnings then ends; nil where there's any elsewhere, or a crop.
    private func amounts(_ pad: NodeID, _ order: Permutation, in view: GraphView) throws(OsteonError) -> [Int]? {
        let rank = order.rank
        guard let given = try view.integers(pad, 1), given.count % 2 == 0, given.allSatisfy({ $0 >= 0 }) else { return nil }
        var axes = Array(0..<given.count / 2)
        if view.input(pad, 3) != nil {
            guard let listed = try view.integers(pad, 3), listed.count == axes.count else { return nil }
            axes = listed.map { $0 < 0 ? $0 + rank : $0 }
        }
        let places = order.inverse.axes
        var result = [Int](repeating: 0, count: 2 * (rank - 2))
        for (index, axis) in axes.enumerated() {
            let begin = given[index]
            let end = given[axes.count + index]
            guard begin > 0 || end > 0 else { continue }
            guard places.indices.contains(axis), places[axis] >= 2 else { return nil }
            result[places[axis] - 2] += begin
            result[rank - 2 + places[axis] - 2] += end
        }
        return result
    }
}
