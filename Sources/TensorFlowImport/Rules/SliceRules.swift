import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// `Slice` and `StridedSlice`, lowered to slices and changes of rank where their bounds are constant.
enum SliceRules {
    static let table: [String: ImportRule] = ["Slice": slice, "StridedSlice": stridedSlice]

    /// Begin and size; a size of -1 reaches to the end.
    private static func slice(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let begin = try builder.asInt64(node.input(1))
        let size = try builder.asInt64(node.input(2))
        if let starts = try builder.graph.constant(begin)?.integers(), let sizes = try builder.graph.constant(size)?.integers() {
            guard starts.count == sizes.count else {
                throw OsteonError(.malformed, "\(starts.count) begins, \(sizes.count) sizes.")
            }
            var ends: [Int] = []
            for (start, size) in zip(starts, sizes) { ends.append(size < 0 ? .max : try Checked.add(start, size)) }
            return [try builder.result(Slice(), [node.input(0), begin, builder.integers(ends, "ends")])]
        }
        let rest = try builder.step("reaches_end", Less(), [size, builder.constant(try Tensor(scalar: Int64(0)), "zero")])
        let sum = try builder.step("sum", Add(), [begin, size])
        let end = builder.constant(try Tensor(scalar: Int64.max), "end")
        return [try builder.result(Slice(), [node.input(0), begin, builder.step("ends", Where(), [rest, end, sum])])]
    }

    private static func stridedSlice(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let bounds = try [1, 2, 3].map { (index) throws(OsteonError) in try builder.asInt64(node.input(index)) }
        let op = StridedSlice(
            beginMask: try node.attributes.int("begin_mask", default: 0), endMask: try node.attributes.int("end_mask", default: 0),
            ellipsisMask: try node.attributes.int("ellipsis_mask", default: 0),
            newAxisMask: try node.attributes.int("new_axis_mask", default: 0),
            shrinkAxisMask: try node.attributes.int("shrink_axis_mask", default: 0))
        let x = try node.input(0)
        if let begin = try builder.graph.constant(bounds[0])?.integers(),
            let end = try builder.graph.constant(bounds[1])?.integers(),
            let strides = try builder.graph.constant(bounds[2])?.integers(),
            let plan = try SlicePlan(op, begin, end, strides, rank: builder.graph.type(x).rank)
        {
            return [try plan.apply(to: x, builder)]
        }
        return [try builder.result(op, [x] + bounds)]
    }
}

/// A `StridedSlice` with constant bounds as a slice, axes dropped from its result, and axes added to that.
private struct SlicePlan {
    private var axes: [Int] = []
    private var starts: [Int] = []
    private var ends: [Int] = []
    private var steps: [Int] = []
    private var dropped: [Int] = []
    private var added: [Int] = []

    /// Nil where the rank must be known and isn't.
    init?(_ op: StridedSlice, _ begin: [Int], _ end: [Int], _ strides: [Int], rank: Int?) throws(OsteonError) {
        guard begin.count == end.count, end.count == strides.count, begin.count <= 32 else {
            throw OsteonError(.malformed, "\(begin.count) begins, \(end.count) ends, \(strides.count) strides.")
        }
        let isSet = { (mask: Int, place: Int) in mask >> place & 1 == 1 }
        guard rank != nil || !begin.indices.contains(where: { isSet(op.ellipsisMask, $0) }) else { return nil }
        var position = 0
        for part in try op.parts(count: begin.count, rank: rank ?? op.axisCount(begin.count)) {
            switch part {
            case .new:
                added.append(position)
                position += 1
            case .all: position += 1
            case .one(let axis, let place):
                append(axis, begin[place], begin[place] == -1 ? .max : try Checked.add(begin[place], 1), 1)
                dropped.append(axis)
            case .range(let axis, let place):
                let step = strides[place]
                guard step != 0, step > Int.min else { throw OsteonError(.malformed, "A slice has the stride \(step).") }
                let start = isSet(op.beginMask, place) ? (step > 0 ? 0 : .max) : begin[place]
                let stop = isSet(op.endMask, place) ? (step > 0 ? .max : .min) : end[place]
                if start != 0 || stop != .max || step != 1 { append(axis, start, stop, step) }
                position += 1
            }
        }
    }

    private mutating func append(_ axis: Int, _ start: Int, _ end: Int, _ step: Int) {
        axes.append(axis)
        starts.append(start)
        ends.append(end)
        steps.append(step)
    }

    /// Adds the operators; the last one makes the node's result.
    func apply(to x: ValueID, _ builder: GraphBuilder) throws(OsteonError) -> ValueID {
        var value = x
        if !axes.isEmpty {
            var inputs = [value, try builder.integers(starts, "starts"), try builder.integers(ends, "ends")]
            inputs.append(try builder.integers(axes, "axes"))
            if steps.contains(where: { $0 != 1 }) { inputs.append(try builder.integers(steps, "steps")) }
            let isLast = dropped.isEmpty && added.isEmpty
            value = isLast ? try builder.result(Slice(), inputs) : try builder.step("slice", Slice(), inputs)
        }
        if !dropped.isEmpty {
            let inputs = [value, try builder.integers(dropped, "dropped")]
            value = added.isEmpty ? try builder.result(Squeeze(), inputs) : try builder.step("squeezed", Squeeze(), inputs)
        }
        if !added.isEmpty {
            value = try builder.result(Unsqueeze(), [value, builder.integers(added, "added")])
        }
        return value
    }
}
