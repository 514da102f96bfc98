import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Attention of several heads, over some of the axes between the batch and the features (all of them unless told).
///
/// The axes attended over are moved behind the others and joined to one, so that each item is [places, heads, size].
enum MultiHeadAttentionRule {
    /// The axes of the query, key and value: those attended over, and those kept apart.
    private struct Axes {
        var rank: Int
        var attended: [Int]
        var others: [Int] { (1..<rank - 1).filter { !attended.contains($0) } }
        /// Batch, others, attended, features.
        var order: [Int] { [0] + others + attended + [rank - 1] }
        var isSorted: Bool { order == Array(0..<rank) }
    }

    static func multiHead(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let operands = try AttentionRules.operands(call)
        let axes = try axes(call, operands, builder)
        let heads = try call.configuration.positive("num_heads")
        let size = try call.configuration.positive("key_dim")
        let valueSize = try call.configuration.int("value_dim", default: size)
        let count = axes.others.count + 1
        // [batch, others…, places, heads, size] to heads in front of places.
        let front = Array(0..<count) + [count + 1, count, count + 2]
        let q = try projected(operands.query, "query", heads, size, axes, front, call, builder)
        let k = try projected(operands.key, "key", heads, size, axes, Array(0..<count) + [count + 1, count + 2, count], call, builder)
        let v = try projected(operands.value, "value", heads, valueSize, axes, front, call, builder)
        let factor = try builder.scalar(1 / Double(size).squareRoot(), like: q, "factor")
        var scores = try builder.step("scores", MatMul(), [builder.step("query_scaled", Multiply(), [q, factor]), k])
        scores = try masked(scores, operands, axes, call, builder)
        let weights = try builder.step("weights", Softmax(axis: -1), [scores])
        let attended = try builder.step("attended", MatMul(), [weights, v])
        let joined = try builder.step("heads_last", Transpose(permutation: front), [attended])
        let width = try Checked.multiply(heads, valueSize)
        let zeros = Array(repeating: 0, count: count + 1)
        let flat = try builder.step("heads_joined", Reshape(), [joined, builder.integers(zeros + [width], "joined_shape")])
        let y = try output(flat, heads, valueSize, operands.query, axes, call, builder)
        builder.masks[y] = builder.masks[operands.query]
        if builder.dialect.takesMasksAway {
            // What reads the same tensors after this layer finds no mask on them.
            for value in [operands.query, operands.value, operands.key] { builder.masks[value] = nil }
        }
        guard operands.returnsScores else { return [y] }
        guard axes.rank == 3 else { throw OsteonError(.unsupported, "scores of inputs of rank \(axes.rank)") }
        return [y, weights]
    }

    private static func axes(
        _ call: LayerCall, _ operands: AttentionRules.Operands, _ builder: KerasBuilder
    ) throws(OsteonError) -> Axes {
        let rank = try builder.rank(operands.query)
        guard rank >= 3, try builder.rank(operands.value) == rank, try builder.rank(operands.key) == rank else {
            throw OsteonError(.unsupported, "inputs of different ranks or below 3")
        }
        guard let given = try call.configuration.optionalInts("attention_axes") else {
            return Axes(rank: rank, attended: Array(1..<rank - 1))
        }
        let attended = given.map { $0 < 0 ? $0 + rank : $0 }
        guard !attended.isEmpty, Set(attended).count == attended.count, attended.allSatisfy((1..<rank - 1).contains) else {
            throw OsteonError(.malformed, "Its attention_axes are \(given) on rank \(rank).")
        }
        return Axes(rank: rank, attended: attended)
    }

    /// The value times a weight, its attended axes joined, cut into heads and permuted.
    private static func projected(
        _ value: ValueID, _ part: String, _ heads: Int, _ size: Int, _ axes: Axes, _ order: [Int], _ call: LayerCall,
        _ builder: KerasBuilder
    ) throws(OsteonError) -> ValueID {
        let width = try Checked.multiply(heads, size)
        let features = try builder.fixedExtent(value, -1)
        let kernel = try builder.variable("\(part)_kernel", of: call, shape: [features, heads, size], like: value)
        let x = axes.isSorted ? value : try builder.step("\(part)_ordered", Transpose(permutation: axes.order), [value])
        var y = try builder.step("\(part)_product", MatMul(), [x, builder.reshaped(kernel, [features, width], "\(part)_kernel")])
        if call.configuration.flag("use_bias", true) {
            let bias = try builder.variable("\(part)_bias", of: call, shape: [heads, size], like: value)
            y = try builder.step("\(part)_biased", Add(), [y, builder.reshaped(bias, [width], "\(part)_bias")])
        }
        let places = axes.attended.count == 1 ? 0 : -1
        let kept = Array(repeating: 0, count: axes.others.count + 1)
        let cut = try builder.step("\(part)_heads", Reshape(), [y, builder.integers(kept + [places, heads, size], "\(part)_shape")])
        return try builder.step("\(part)_turned", Transpose(permutation: order), [cut])
    }

    /// Scores with what masks leave out of reach: the query's, the value's and the key's, the causal one, and one that's given,
    /// [batch, queries, keys], all joined.
    private static func masked(
        _ scores: ValueID, _ operands: AttentionRules.Operands, _ axes: Axes, _ call: LayerCall, _ builder: KerasBuilder
    ) throws(OsteonError) -> ValueID {
        var parts: [ValueID] = []
        for (name, value, axis) in [("query", operands.query, -1), ("value", operands.value, -2), ("key", operands.key, -2)] {
            guard let mask = try builder.flags(mask(name, value, call, builder)) else { continue }
            guard try builder.rank(mask) == 2 else { throw OsteonError(.unsupported, "a mask of rank other than 2") }
            parts.append(try builder.step("\(name)_kept", Unsqueeze(), [mask, builder.integers([axis], "\(name)_kept_axis")]))
        }
        if operands.isCausal { parts.append(try AttentionRules.causal(scores, builder)) }
        let given = call.tensor("attention_mask")
        guard !parts.isEmpty || given != nil else { return scores }
        guard axes.rank == 3 else { throw OsteonError(.unsupported, "a mask on inputs of rank \(axes.rank)") }
        var penalty: ValueID
        if let given {
            let rank = try builder.rank(given)
            guard rank == 3 || rank == 4 else { throw OsteonError(.unsupported, "a mask of rank \(rank)") }
            guard parts.isEmpty || rank == 3 else { throw OsteonError(.unsupported, "a mask a head beside others") }
            if parts.isEmpty, builder.dialect.major < 3 {
                penalty = try numericPenalty(given, like: scores, builder)
                return try builder.step("scores_kept", Add(), [scores, rank == 4 ? penalty : acrossHeads(penalty, builder)])
            }
            parts.append(try builder.converted(given, to: .bool))
            if rank == 4 {
                return try builder.step("scores_kept", Add(), [scores, builder.penalty(parts[0], like: scores, "scores")])
            }
        }
        var seen = parts[0]
        for (index, part) in parts.enumerated().dropFirst() { seen = try builder.step("seen_\(index)", And(), [seen, part]) }
        penalty = try builder.penalty(seen, like: scores, "scores")
        let isFlat = try builder.rank(penalty) == 2
        return try builder.step("scores_kept", Add(), [scores, isFlat ? penalty : acrossHeads(penalty, builder)])
    }

    private static func acrossHeads(_ penalty: ValueID, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        try builder.step("mask_heads", Unsqueeze(), [penalty, builder.integers([1], "heads_axis")])
    }

    /// Keras 2 takes a mask of numbers as it is, Keras 3 for what isn't zero.
    private static func numericPenalty(_ mask: ValueID, like scores: ValueID, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        guard builder.graph.type(scores).elementType == .f32 else { throw OsteonError(.unsupported, "a mask in half precision") }
        let kept = try builder.step("mask_kept", Cast(elementType: .f32), [mask])
        let left = try builder.step("mask_left_out", Subtract(), [kept, builder.scalar(1, like: scores, "one")])
        return try builder.step("mask_added", Multiply(), [left, builder.scalar(1e9, like: scores, "large")])
    }

    /// The mask of the query, value or key: given by name, or carried by the tensor, which Keras reads since 2.10. From 3.8 on the
    /// query's is always the carried one.
    private static func mask(_ name: String, _ value: ValueID, _ call: LayerCall, _ builder: KerasBuilder) -> KerasMask? {
        if let given = call.tensor("\(name)_mask"), name != "query" || !builder.dialect.takesMasksAway { return .value(given) }
        return builder.dialect.isAtLeast(2, 10, unknown: true) ? builder.masks[value] : nil
    }

    /// The heads' results times a weight, with the query's axes in their places.
    private static func output(
        _ flat: ValueID, _ heads: Int, _ size: Int, _ query: ValueID, _ axes: Axes, _ call: LayerCall, _ builder: KerasBuilder
    ) throws(OsteonError) -> ValueID {
        // The output has the query's width unless it's told.
        let own = try builder.fixedExtent(query, -1)
        let outputs = try call.configuration.optionalInts("output_shape") ?? [own]
        guard outputs.allSatisfy({ $0 > 0 }), outputs.count == 1 || axes.rank == 3 else {
            throw OsteonError(.unsupported, "output_shape \(outputs)")
        }
        let width = try Checked.multiply(heads, size)
        let made = try Checked.product(outputs)
        let kernel = try builder.variable("output_kernel", of: call, shape: [heads, size] + outputs, like: query)
        var y = try builder.step("output", MatMul(), [flat, builder.reshaped(kernel, [width, made], "output_kernel")])
        if call.configuration.flag("use_bias", true) {
            let bias = try builder.variable("output_bias", of: call, shape: outputs, like: query)
            y = try builder.step("output_biased", Add(), [y, builder.reshaped(bias, [made], "output_bias")])
        }
        if outputs.count > 1 {
            return try builder.step("output_shaped", Reshape(), [y, builder.integers([0, 0] + outputs, "output_shape")])
        }
        if axes.attended.count > 1 {
            let x = axes.isSorted ? query : try builder.step("query_places", Transpose(permutation: axes.order), [query])
            var shape: [ShapePart] = []
            for axis in 0..<axes.rank - 1 { shape.append(try builder.extent(x, axis)) }
            y = try WrapperRules.reshaped(y, shape + [.number(made)], "output_parted", builder)
        }
        guard !axes.isSorted else { return y }
        let back = (0..<axes.rank).map { place in axes.order.firstIndex(of: place) ?? 0 }
        return try builder.step("output_ordered", Transpose(permutation: back), [y])
    }
}
