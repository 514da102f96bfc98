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

    /// Scores with what a mask leaves out of reach; masks are [batch, queries, keys].
    private static func masked(
        _ scores: ValueID, _ operands: AttentionRules.Operands, _ axes: Axes, _ call: LayerCall, _ builder: KerasBuilder
    ) throws(OsteonError) -> ValueID {
        var scores = scores
        if operands.isCausal {
            guard axes.rank == 3 else { throw OsteonError(.unsupported, "a causal mask on inputs of rank \(axes.rank)") }
            scores = try AttentionRules.causal(scores, builder)
        }
        guard let mask = call.tensor("attention_mask") else { return scores }
        guard axes.rank == 3, try builder.rank(mask) == 3, builder.graph.type(scores).elementType == .f32 else {
            throw OsteonError(.unsupported, "a mask of rank other than 3 or in half precision")
        }
        // Keras 2 takes a mask of numbers as it is, Keras 3 for what isn't zero.
        let flags = builder.dialect.major >= 3 ? try builder.step("mask_is_kept", Cast(elementType: .bool), [mask]) : mask
        let kept = try builder.step("mask_kept", Cast(elementType: .f32), [flags])
        let left = try builder.step("mask_left_out", Subtract(), [kept, builder.scalar(1, like: scores, "one")])
        let added = try builder.step("mask_added", Multiply(), [left, builder.scalar(1e9, like: scores, "large")])
        return try builder.step(
            "scores_kept", Add(), [scores, builder.step("mask_heads", Unsqueeze(), [added, builder.integers([1], "heads_axis")])])
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
