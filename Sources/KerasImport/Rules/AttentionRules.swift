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
        guard places.isEmpty else { throw OsteonError(.unsupported, "called with more than a query, a value and a key") }
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

    /// The value weighted by the scores, and the weights where they're asked for; steps of the query that don't count give zeros.
    private static func weighted(
        _ scores: ValueID, _ operands: Operands, _ call: LayerCall, _ builder: KerasBuilder
    ) throws(OsteonError) -> [ValueID] {
        let rank = try builder.rank(scores)
        var scores = scores
        var seen = operands.isCausal ? try causal(scores, builder) : nil
        if let mask = try builder.flags(call.mask(1), rank: rank - 1) {
            let keys = try builder.step("keys_kept", Unsqueeze(), [mask, builder.integers([-2], "keys_axis")])
            seen = try seen.map { (other) throws(OsteonError) in try builder.step("seen", And(), [other, keys]) } ?? keys
        }
        if let seen { scores = try builder.step("scores_masked", Add(), [scores, builder.penalty(seen, like: scores, "scores")]) }
        let weights = try builder.step("weights", Softmax(axis: -1), [scores])
        var attended = try builder.step("attended", MatMul(), [weights, operands.value])
        if let mask = try builder.flags(call.mask, rank: rank - 1) {
            let rows = try builder.step("queries_kept", Unsqueeze(), [mask, builder.integers([-1], "queries_axis")])
            attended = try builder.step("attended_kept", Where(), [rows, attended, builder.scalar(0, like: attended, "nothing")])
        }
        return operands.returnsScores ? [attended, weights] : [attended]
    }

    /// Which keys each query sees where it sees those at its own place and before, [queries, keys].
    static func causal(_ scores: ValueID, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        let rank = try builder.rank(scores)
        var places: [ValueID] = []
        for (index, axis) in [rank - 2, rank - 1].enumerated() {
            let bounds = [try place(0, builder), try place(builder.extent(scores, axis), builder), try place(1, builder)]
            let range = try builder.step("places_\(index)", NumericRange(), bounds)
            places.append(
                try builder.step("places_\(index)_turned", Unsqueeze(), [range, builder.integers([1 - index], "places_axis_\(index)")]))
        }
        return try builder.step("causal_mask", GreaterOrEqual(), places)
    }

    private static func place(_ part: ShapePart, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        switch part {
        case .number(let number): try place(number, builder)
        case .value(let value): value
        }
    }

    private static func place(_ number: Int, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        builder.constant(try Tensor(scalar: Int64(number)), "place_\(number)")
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
            return try weighted(builder.step("scores", Multiply(), [scores, weight]), operands, call, builder)
        }
        let order = Array(0..<rank - 2) + [rank - 1, rank - 2]
        let turned = try builder.step("key_turned", Transpose(permutation: order), [operands.key])
        var scores = try builder.step("scores", MatMul(), [operands.query, turned])
        if let scale { scores = try builder.step("scaled", Multiply(), [scores, scale]) }
        return try weighted(scores, operands, call, builder)
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
        return try weighted(scores, operands, call, builder)
    }
}
