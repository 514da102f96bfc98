import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Attention between the last axis but one of two values, item by item of the axes before.
enum AttentionRules {
    static let table: [String: LayerRule] = [
        "Attention": dotProduct, "AdditiveAttention": additive, "MultiHeadAttention": MultiHeadAttentionRule.multiHead,
    ]

    /// Arguments that may be tensors given by name.
    static let tensorArguments: Set<String> = ["query", "value", "key", "initial_state", "attention_mask"]

    /// What a call asks for.
    struct Operands {
        var query: ValueID, value: ValueID, key: ValueID
        /// Whether a query sees only keys at its own place and before.
        var isCausal: Bool
        var returnsScores: Bool
    }

    /// Query, value and key, which is the value where it's not given.
    static func operands(_ call: LayerCall) throws(OsteonError) -> Operands {
        var places = call.inputs[...]
        guard let query = call.tensor("query") ?? places.popFirst(), let value = call.tensor("value") ?? places.popFirst() else {
            throw OsteonError(.malformed, "It needs a query and a value.")
        }
        let key = call.tensor("key") ?? places.popFirst() ?? value
        guard places.isEmpty else { throw OsteonError(.unsupported, "called with a mask") }
        var isCausal = try call.configuration.bool("causal", default: false)
        if let told = try call.json("use_causal_mask")?.bool() { isCausal = told }
        return Operands(
            query: query, value: value, key: key, isCausal: isCausal,
            returnsScores: try call.json("return_attention_scores")?.bool() == true)
    }

    /// The rank that all have, at least 2.
    private static func rank(_ operands: Operands, _ builder: KerasBuilder) throws(OsteonError) -> Int {
        let rank = try builder.rank(operands.query)
        guard rank >= 2, try builder.rank(operands.value) == rank, try builder.rank(operands.key) == rank else {
            throw OsteonError(.unsupported, "inputs of different ranks")
        }
        return rank
    }

    /// The value weighted by the scores, and the weights where they're asked for.
    private static func weighted(
        _ scores: ValueID, _ operands: Operands, _ builder: KerasBuilder
    ) throws(OsteonError) -> [ValueID] {
        let scores = operands.isCausal ? try causal(scores, builder) : scores
        let weights = try builder.step("weights", Softmax(axis: -1), [scores])
        let attended = try builder.step("attended", MatMul(), [weights, operands.value])
        return operands.returnsScores ? [attended, weights] : [attended]
    }

    /// Scores with those of keys behind the query's own place out of reach; both lengths must be fixed.
    static func causal(_ scores: ValueID, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        guard let extents = try? builder.shape(scores).suffix(2).map({ $0 ?? -1 }), extents.count == 2, extents.allSatisfy({ $0 > 0 })
        else {
            throw OsteonError(.unsupported, "a causal mask of sequences whose length isn't fixed")
        }
        guard try Checked.product(extents) < 1 << 24 else { throw OsteonError(.limitExceeded, "A mask of \(extents).") }
        let lowest = -1e9
        let mask = (0..<extents[0]).flatMap { row in (0..<extents[1]).map { $0 > row ? Float(lowest) : 0 } }
        let tensor = try Tensor(mask, shape: extents).converted(to: builder.graph.type(scores).elementType == .f64 ? .f64 : .f32)
        guard builder.graph.type(scores).elementType == tensor.elementType else {
            throw OsteonError(.unsupported, "a causal mask in half precision")
        }
        return try builder.step("scores_masked", Add(), [scores, builder.constant(tensor, "causal_mask")])
    }

    private static func dotProduct(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let operands = try operands(call)
        let rank = try rank(operands, builder)
        let hasScale = try call.configuration.bool("use_scale", default: false)
        let scale = hasScale ? try builder.variable("scale", of: call, shape: [], like: operands.query) : nil
        guard try call.configuration.string("score_mode", default: "dot") != "concat" else {
            let weight = try builder.variable("concat_score_weight", of: call, shape: [], like: operands.query)
            let scores = try sumOfTanh(operands, builder) { (sum) throws(OsteonError) in
                guard let scale else { return sum }
                return try builder.step("scaled", Multiply(), [sum, scale])
            }
            return try weighted(builder.step("scores", Multiply(), [scores, weight]), operands, builder)
        }
        let order = Array(0..<rank - 2) + [rank - 1, rank - 2]
        let turned = try builder.step("key_turned", Transpose(permutation: order), [operands.key])
        var scores = try builder.step("scores", MatMul(), [operands.query, turned])
        if let scale { scores = try builder.step("scaled", Multiply(), [scores, scale]) }
        return try weighted(scores, operands, builder)
    }

    /// `Σ tanh(prepare(q + k))` over the features, for each query and each key.
    private static func sumOfTanh(
        _ operands: Operands, _ builder: KerasBuilder, scale: ValueID? = nil,
        _ prepare: (ValueID) throws(OsteonError) -> ValueID
    ) throws(OsteonError) -> ValueID {
        let rows = try builder.step("queries", Unsqueeze(), [operands.query, builder.integers([-2], "query_axis")])
        let columns = try builder.step("keys", Unsqueeze(), [operands.key, builder.integers([-3], "key_axis")])
        var y = try builder.step("tanh", Tanh(), [prepare(builder.step("sums", Add(), [rows, columns]))])
        if let scale { y = try builder.step("scaled", Multiply(), [y, scale]) }
        return try builder.step("scores", ReduceSum(keepDimensions: false), [y, builder.integers([-1], "features")])
    }

    private static func additive(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let operands = try operands(call)
        _ = try rank(operands, builder)
        var scale: ValueID?
        if try call.configuration.bool("use_scale", default: true) {
            scale = try builder.variable("scale", of: call, shape: [builder.fixedExtent(operands.value, -1)], like: operands.query)
        }
        let scores = try sumOfTanh(operands, builder, scale: scale) { (sum) throws(OsteonError) in sum }
        return try weighted(scores, operands, builder)
    }
}
