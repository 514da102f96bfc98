import Bytes
import GraphIR
import Operators
import Tensors

/// Operators with a state carried from step to step, unrolled or taken apart.
enum RecurrenceRules {
    static let table: [String: ImportRule] = [
        "LinearAttention": { (node) throws(OsteonError) in try LinearAttentionRule(node).run() },
        "CausalConvWithState": causalConvolution, "TensorScatter": tensorScatter,
    ]

    /// Concatenate the state, convolve each channel by itself, keep the end as the next state.
    private static let causalConvolution: ImportRule = { (node) throws(OsteonError) in
        let x = try node.input(0), weight = try node.input(1)
        guard let shape = node.type(weight).fixedShape, shape.count == 3 else {
            throw OsteonError(.unsupported, "The shape of its weight isn't known.")
        }
        let memory = shape[2] - 1
        let extended: ValueID
        if let past = node.optional(3) {
            var concat = Concat()
            concat.axis = -1
            extended = try node.add(concat, [past, x], "extended")
        } else {
            extended = try node.add(Pad(), [x, try node.constant([0, 0, memory, 0, 0, 0], "pads")], "extended")
        }
        var convolution = Convolution()
        convolution.groups = shape[0]
        let activation = try node.text("activation", "none")
        let result: [ValueID]
        switch activation {
        case "none": result = try node.finish(convolution, [extended, weight, node.optional(2)], outputs: 1)
        case "silu", "swish":
            let sum = try node.add(convolution, [extended, weight, node.optional(2)])
            result = try node.finish(Swish(), [sum], outputs: 1)
        default: throw OsteonError(.unsupported, "Attribute activation is \"\(activation)\"; known are none, silu, swish.")
        }
        guard node.wants(1) else { return result }
        let length = try node.shape(of: extended, from: 2, to: 3)
        let start = try node.add(Subtract(), [length, try node.constant([memory], "memory")], "start")
        let state = try node.importer.add(
            Slice(), [extended, start, length, try node.constant([2], "axis")], name: "", outputNames: [node.outputName(1)])
        return result + state
    }

    /// Writes new entries into a cache, each sample of the batch from a place of its own on.
    private static let tensorScatter: ImportRule = { (node) throws(OsteonError) in
        let cache = try node.input(0), update = try node.input(1)
        let rank = try node.knownRank(cache)
        let given = try node.integer("axis", -2)
        let axis = given < 0 ? given + rank : given
        guard axis > 0, axis < rank, let shape = node.type(update).shape, shape.count == rank, let count = shape[axis].fixed,
            count <= 1 << 20
        else {
            throw OsteonError(.unsupported, "Its axis is out of range, or the number of new entries isn't known or too large.")
        }
        let ones = [Int](repeating: 1, count: rank)
        var column = ones
        column[axis] = count
        var places = node.constant(try Tensor((0 ..< count).map { Int64($0) }, shape: column), "places")
        if let starts = node.optional(2) {
            var batch = ones
            batch[0] = -1
            places = try node.add(Add(), [places, try node.reshape(try node.cast(starts, to: .i64), batch, "starts")], "shifted")
        }
        if try node.choice("mode", "linear", ["linear": false, "circular": true]) {
            let length = try node.shape(of: cache, from: axis, to: axis + 1)
            places = try node.add(Modulo(), [places, length], "wrapped")
        }
        let indices = try node.add(Expand(), [places, try node.shape(of: update)], "indices")
        var scatter = ScatterElements()
        scatter.axis = axis
        return try node.finish(scatter, [cache, indices, update])
    }
}
