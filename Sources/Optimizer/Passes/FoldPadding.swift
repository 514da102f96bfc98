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
        guard let (op, window) = try windowed(node, padding: pad.id, in: view) else { return nil }
        guard window.autoPadding == .explicit || window.autoPadding == .valid else {
            return view.decline(node, "its own padding depends on the extent")
        }
        guard let amounts = try amounts(pad.id, order, in: view) else {
            return view.decline(node, "the padding isn't constant, or not spatial")
        }
        var folded = window
        let own = window.autoPadding == .explicit && !window.pads.isEmpty ? window.pads : [Int](repeating: 0, count: amounts.count)
        folded.pads = zip(own, amounts).compactMap { try? Checked.add($0, $1) }
        guard folded.pads.count == amounts.count else { return view.decline(node, "the padding is out of range") }
        folded.autoPadding = .explicit
        if view[node].op is MaxPool, try value(padding: pad.id, in: view) == 0, !holdsElements(window, amounts) {
            return view.decline(node, "a window may hold nothing but padding")
        }
        var patch = GraphPatch("takes over the padding of \(view[pad.id].name)")
        var unpadded = GraphPatch.Reference.existing(origin)
        if let above { unpadded = patch.add(above.op, [unpadded], name: view[above.id].name) }
        let inputs = [unpadded] + view[node].inputs.dropFirst().map { GraphPatch.Reference.existing($0) }
        let outputs = view[node].outputs
        let added = patch.add(op(folded), inputs, name: view[node].name, outputs: outputs.map { view[$0].name })
        for (output, new) in zip(outputs, added) { patch.replace(output, with: new) }
        return patch
    }

    /// The operator's window and how to make it anew with another, where padding by that value may move into it.
    private func windowed(
        _ node: NodeID, padding: NodeID, in view: GraphView
    ) throws(OsteonError) -> ((SpatialWindow) -> any Operator, SpatialWindow)? {
        let value = try value(padding: padding, in: view)
        switch view[node].op {
        case let op as Convolution where value == 0:
            return ({ Convolution(window: $0, groups: op.groups, activation: op.activation) }, op.window)
        case let op as AveragePool where value == 0 && !op.ceilMode:
            guard op.countIncludePadding || op.window.pads.allSatisfy({ $0 == 0 }) else { return nil }
            return ({ AveragePool(window: $0, countIncludePadding: true) }, op.window)
        case let op as MaxPool where !op.ceilMode && view[node].outputs.count == 1:
            guard value == -.infinity || (value == 0 && isNeverNegative(view.input(padding, 0), in: view)) else { return nil }
            return ({ MaxPool(window: $0, storageOrder: op.storageOrder) }, op.window)
        default: return nil
        }
    }

    private func value(padding: NodeID, in view: GraphView) throws(OsteonError) -> Double? {
        view.input(padding, 2) == nil ? 0 : try view.constant(view.input(padding, 2))?.singleValue()
    }

    private func isNeverNegative(_ value: ValueID?, in view: GraphView) -> Bool {
        guard let value, let producer = view.graph.producer(value) else { return false }
        switch view[producer].op {
        case is Relu, is Sigmoid, is Softmax: return true
        case let op as Convolution: return op.activation.kind == .relu || op.activation.kind == .sigmoid
        default: return false
        }
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
