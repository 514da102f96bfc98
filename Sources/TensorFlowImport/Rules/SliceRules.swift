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
        let masks = try SliceMasks(node.attributes)
        let x = try node.input(0)
        if let begin = try builder.graph.constant(bounds[0])?.integers(),
            let end = try builder.graph.constant(bounds[1])?.integers(),
            let strides = try builder.graph.constant(bounds[2])?.integers(),
            let plan = try SlicePlan(begin, end, strides, masks, rank: builder.graph.type(x).rank)
        {
            return [try plan.apply(to: x, builder)]
        }
        var op = StridedSlice()
        op.beginMask = masks.begin
        op.endMask = masks.end
        op.ellipsisMask = masks.ellipsis
        op.newAxisMask = masks.newAxis
        op.shrinkAxisMask = masks.shrinkAxis
        return [try builder.result(op, [x] + bounds)]
    }
}

/// The five bit masks of a `StridedSlice`; bit i belongs to entry i of its bounds.
struct SliceMasks {
    var begin: Int, end: Int, ellipsis: Int, newAxis: Int, shrinkAxis: Int

    init(_ attributes: NodeAttributes) throws(OsteonError) {
        begin = try attributes.int("begin_mask", default: 0)
        end = try attributes.int("end_mask", default: 0)
        ellipsis = try attributes.int("ellipsis_mask", default: 0)
        newAxis = try attributes.int("new_axis_mask", default: 0)
        shrinkAxis = try attributes.int("shrink_axis_mask", default: 0)
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
    init?(_ begin: [Int], _ end: [Int], _ strides: [Int], _ masks: SliceMasks, rank: Int?) throws(OsteonError) {
        guard begin.count == end.count, end.count == strides.count, begin.count <= 32 else {
            throw OsteonError(.malformed, "\(begin.count) begins, \(end.count) ends, \(strides.count) strides.")
        }
        let isSet = { (mask: Int, index: Int) in mask & (1 << index) != 0 }
        let used = begin.indices.filter { !isSet(masks.ellipsis, $0) && !isSet(masks.newAxis, $0) }.count
        var axis = 0
        var position = 0
        for index in begin.indices {
            if isSet(masks.ellipsis, index) {
                guard let rank else { return nil }
                guard rank >= used else { throw OsteonError(.malformed, "\(used) slices of a tensor of rank \(rank).") }
                axis += rank - used
                position += rank - used
            } else if isSet(masks.newAxis, index) {
                added.append(position)
                position += 1
            } else if isSet(masks.shrinkAxis, index) {
                append(axis, begin[index], begin[index] == -1 ? .max : try Checked.add(begin[index], 1), 1)
                dropped.append(axis)
                axis += 1
            } else {
                let step = strides[index]
                guard step != 0, step > Int.min else { throw OsteonError(.malformed, "A slice has the stride \(step).") }
                let start = isSet(masks.begin, index) ? (step > 0 ? 0 : .max) : begin[index]
                let stop = isSet(masks.end, index) ? (step > 0 ? .max : .min) : end[index]
                if start != 0 || stop != .max || step != 1 { append(axis, start, stop, step) }
                axis += 1
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
