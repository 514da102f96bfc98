import Bytes
import GraphIR
import Operators
import Tensors

/// Makes one batch normalisation of several factors and shifts by channel in a row.
package struct RecognizeBatchNormalization: RewriteRule {
    package static let id = "recognize-batch-normalization"
    package static let promise = NumericPromise.rounding(relative: 1e-5)
    package static let runsAfter = ["push-transpositions", "fold-constants"]
    package static let documentation = PassDocumentation(
        "Makes one batch normalisation of several multiplications and additions by constants of a channel each.",
        before: "y = (x − μ) · r · γ + β, or x · s + t",
        after: "y = BatchNormalization(x, s, t, 0, 1) {epsilon = 0}",
        note: "As TensorFlow spells a batch normalisation of volumes with fixed statistics, r = 1 / √(σ² + ε) folded "
            + "before. Factor and shift are put together in double precision, then rounded once. Needs two steps at "
            + "least, one of them by channel, and no other readers in between; `fold-batch-normalization` and the engine "
            + "take it from there.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        let output = view[node].outputs[0]
        let type = view.type(output)
        guard let rank = type.rank, rank >= 3, let channels = type.extent(1), type.elementType.isFloat else { return nil }
        guard let last = try step(node, of: type, in: view) else { return nil }
        // The chain is taken from its end.
        if let next = view.soleConsumer(output), try step(next, of: view.type(view[next].outputs[0]), in: view) != nil { return nil }
        var steps = [last]
        while steps.count < 16, view.soleConsumer(steps[0].x) == steps[0].node, let above = view.graph.producer(steps[0].x),
            let earlier = try step(above, of: view.type(steps[0].x), in: view)
        {
            steps.insert(earlier, at: 0)
        }
        guard steps.count > 1, steps.contains(where: { $0.isByChannel }) else { return nil }
        let x = steps[0].x
        guard view.type(x).rank == rank, view.type(x).extent(1) == channels else { return nil }
        var scale = try [Double](budgeted: 1, count: channels)
        var shift = try [Double](budgeted: 0, count: channels)
        for step in steps {
            for channel in 0..<channels {
                scale[channel] *= step.scale[channel]
                shift[channel] = shift[channel] * step.scale[channel] + step.shift[channel]
            }
        }
        guard (scale + shift).allSatisfy({ $0.isFinite }) else { return view.decline(node, "a factor isn't finite") }
        var patch = GraphPatch("\(steps.count) steps by channel", promise: .rounding(in: type.elementType))
        let name = view[node].name
        let zeros = try [Double](budgeted: 0, count: channels)
        let ones = try [Double](budgeted: 1, count: channels)
        var inputs: [GraphPatch.Reference?] = [.existing(x)]
        for (role, values) in [("scale", scale), ("bias", shift), ("mean", zeros), ("variance", ones)] {
            inputs.append(patch.constant("\(name).\(role)", try Tensor(values, shape: [channels], rounded: type.elementType)))
        }
        patch.replace(output, with: patch.add(BatchNormalization(epsilon: 0), inputs, name: name))
        return patch
    }

    /// One factor and shift by channel.
    private struct Step {
        var node: NodeID
        var x: ValueID
        var scale: [Double]
        var shift: [Double]
        var isByChannel: Bool
    }

    /// What `node` does to each channel of its operand that isn't constant; nil where that's anything else.
    private func step(_ node: NodeID, of type: TensorType, in view: GraphView) throws(OsteonError) -> Step? {
        guard let (op, operands) = view.affineOperand(node) else { return nil }
        guard view.type(operands.value).rank == type.rank, let channels = type.extent(1) else { return nil }
        guard let values = try view.perChannel(operands.constant, of: type, axis: 1) else { return nil }
        let steps = values.compactMap { op.step(constant: $0, isFirst: operands.isConstantFirst) }
        guard steps.count == channels else { return nil }
        return Step(
            node: node, x: operands.value, scale: steps.map(\.scale), shift: steps.map(\.shift), isByChannel: operands.constant.count > 1)
    }
}
