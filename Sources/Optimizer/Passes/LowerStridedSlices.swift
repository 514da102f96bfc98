import Bytes
import GraphIR
import Operators
import Tensors

/// Turns TensorFlow's StridedSlice into a Slice and a Reshape of axes.
package struct LowerStridedSlices: RewriteRule {
    package static let id = "lower-strided-slices"
    package static let promise = NumericPromise.bitExact
    package static let runsAfter = ["fold-constants"]
    package static let documentation = PassDocumentation(
        "Turns a StridedSlice with constant bounds into Slice, Squeeze and Unsqueeze, which other passes know.",
        before: "y = StridedSlice(x, begin, end, strides) {masks}",
        after: "y = Unsqueeze(Squeeze(Slice(x, starts, ends, axes, steps), a), b)",
        note: "Only what isn't whole is sliced. An axis that's dropped is sliced to one place first.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard let op: StridedSlice = view.op(node), let x = view.input(node, 0), let rank = view.type(x).rank else { return nil }
        guard let begin = try view.integers(node, 1), let end = try view.integers(node, 2) else { return nil }
        guard let strides = try view.integers(node, 3), begin.count == end.count, begin.count == strides.count else { return nil }
        guard let plan = Plan(op, begin, end, strides, rank: rank) else { return nil }
        var patch = GraphPatch("its bounds are constants")
        var value = GraphPatch.Reference.existing(x)
        let name = view[node].name
        if !plan.axes.isEmpty {
            var inputs: [GraphPatch.Reference?] = [value]
            for (role, list) in [("starts", plan.starts), ("ends", plan.ends), ("axes", plan.axes), ("steps", plan.steps)] {
                inputs.append(patch.constant("\(name).\(role)", try Tensor(list.map { Int64($0) })))
            }
            value = patch.add(Slice(), inputs, name: name)
        }
        for (isNew, axes) in [(false, plan.dropped), (true, plan.new)] where !axes.isEmpty {
            let role = isNew ? "new" : "dropped"
            let constant = patch.constant("\(name).\(role)", try Tensor(axes.map { Int64($0) }))
            value = patch.add(isNew ? Unsqueeze() : Squeeze(), [value, constant], name: "\(name).\(role)_axes")
        }
        patch.replace(view[node].outputs[0], with: value)
        return patch
    }

    private struct Plan {
        var starts: [Int] = [], ends: [Int] = [], axes: [Int] = [], steps: [Int] = []
        /// Axes of the input that go, and axes of the output that are new.
        var dropped: [Int] = [], new: [Int] = []

        init?(_ op: StridedSlice, _ begin: [Int], _ end: [Int], _ strides: [Int], rank: Int) {
            guard let parts = try? op.parts(count: begin.count, rank: rank) else { return nil }
            func has(_ mask: Int, _ place: Int) -> Bool { mask >> place & 1 == 1 }
            var output = 0
            for part in parts {
                switch part {
                case .new:
                    new.append(output)
                    output += 1
                case .all: output += 1
                case .one(let axis, let place):
                    // Up to the next place; after the last (−1) to the end.
                    append(axis, begin[place], begin[place] == -1 ? Int.max : begin[place] + 1, 1)
                    dropped.append(axis)
                case .range(let axis, let place):
                    let step = strides[place]
                    let isFromStart = has(op.beginMask, place)
                    let isToEnd = has(op.endMask, place)
                    if !(isFromStart && isToEnd && step == 1) {
                        append(
                            axis, isFromStart ? (step > 0 ? 0 : Int.max) : begin[place],
                            isToEnd ? (step > 0 ? Int.max : Int.min) : end[place], step)
                    }
                    output += 1
                }
            }
        }

        private mutating func append(_ axis: Int, _ start: Int, _ end: Int, _ step: Int) {
            axes.append(axis)
            starts.append(start)
            ends.append(end)
            steps.append(step)
        }
    }
}
