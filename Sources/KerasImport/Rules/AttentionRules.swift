import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Attention over one axis.
enum AttentionRules {
    static let table: [String: LayerRule] = [
        "Attention": dotProduct, "AdditiveAttention": additive, "MultiHeadAttention": multiHead,
    ]

    /// Arguments that may be tensors given by name.
    static let tensorArguments: Set<String> = ["query", "value", "key", "initial_state"]

    /// Query, value and key, which is the value where it's not given.
    private static func operands(_ call: LayerCall) throws(OsteonError) -> (query: ValueID, value: ValueID, key: ValueID) {
        var places = call.inputs[...]
        guard let query = call.tensor("query") ?? places.popFirst(), let value = call.tensor("value") ?? places.popFirst() else {
            throw OsteonError(.malformed, "It needs a query and a value.")
        }
        let key = call.tensor("key") ?? places.popFirst() ?? value
        guard places.isEmpty else { throw OsteonError(.unsupported, "called with a mask") }
        for name in ["use_causal_mask", "return_attention_scores"] where try call.json(name)?.bool() == true {
            throw OsteonError(.unsupported, name)
        }
        guard try !call.configuration.bool("causal", default: false) else { throw OsteonError(.unsupported, "causal") }
        return (query, value, key)
    }

    private static func checkRank(_ values: [ValueID], _ builder: KerasBuilder) throws(OsteonError) {
        for value in values where try builder.rank(value) != 3 { throw OsteonError(.unsupported, "inputs that aren't of rank 3") }
    }

    private static func weighted(_ scores: ValueID, _ value: ValueID, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        try builder.step("attended", MatMul(), [builder.step("weights", Softmax(axis: -1), [scores]), value])
    }

    private static func dotProduct(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let (query, value, key) = try operands(call)
        try checkRank([query, value, key], builder)
        let hasScale = try call.configuration.bool("use_scale", default: false)
        let scale = hasScale ? try builder.variable("scale", of: call, shape: [], like: query) : nil
        guard try call.configuration.string("score_mode", default: "dot") != "concat" else {
            let weight = try builder.variable("concat_score_weight", of: call, shape: [], like: query)
            let scores = try sumOfTanh(query, key, builder) { (sum) throws(OsteonError) in
                guard let scale else { return sum }
                return try builder.step("scaled", Multiply(), [sum, scale])
            }
            return [try weighted(builder.step("scores", Multiply(), [scores, weight]), value, builder)]
        }
        let turned = try builder.step("key_turned", Transpose(permutation: [0, 2, 1]), [key])
        var scores = try builder.step("scores", MatMul(), [query, turned])
        if let scale { scores = try builder.step("scaled", Multiply(), [scores, scale]) }
        return [try weighted(scores, value, builder)]
    }

    /// `Σ tanh(prepare(q + k))` over the features, for each query and each key.
    private static func sumOfTanh(
        _ query: ValueID, _ key: ValueID, _ builder: KerasBuilder, scale: ValueID? = nil,
        _ prepare: (ValueID) throws(OsteonError) -> ValueID
    ) throws(OsteonError) -> ValueID {
        let rows = try builder.step("queries", Unsqueeze(), [query, builder.integers([2], "query_axis")])
        let columns = try builder.step("keys", Unsqueeze(), [key, builder.integers([1], "key_axis")])
        var y = try builder.step("tanh", Tanh(), [prepare(builder.step("sums", Add(), [rows, columns]))])
        if let scale { y = try builder.step("scaled", Multiply(), [y, scale]) }
        return try builder.step("scores", ReduceSum(keepDimensions: false), [y, builder.integers([-1], "features")])
    }

    private static func additive(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let (query, value, key) = try operands(call)
        try checkRank([query, value, key], builder)
        var scale: ValueID?
        if try call.configuration.bool("use_scale", default: true) {
            scale = try builder.variable("scale", of: call, shape: [builder.fixedExtent(value, -1)], like: query)
        }
        let scores = try sumOfTanh(query, key, builder, scale: scale) { (sum) throws(OsteonError) in sum }
        return [try weighted(scores, value, builder)]
    }

    // MARK: Several heads

    private static func multiHead(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let (query, value, key) = try operands(call)
        try checkRank([query, value, key], builder)
        guard call.configuration.value(["attention_axes"]).map({ $0 == [1] }) ?? true else {
            throw OsteonError(.unsupported, "over axes other than 1")
        }
        let heads = try call.configuration.positive("num_heads"), size = try call.configuration.positive("key_dim")
        let valueSize = try call.configuration.int("value_dim", default: size)
        let q = try projected(query, "query", heads, size, [0, 2, 1, 3], call, builder)
        let k = try projected(key, "key", heads, size, [0, 2, 3, 1], call, builder)
        let v = try projected(value, "value", heads, valueSize, [0, 2, 1, 3], call, builder)
        let factor = try builder.scalar(1 / Double(size).squareRoot(), like: q, "factor")
        let scores = try builder.step("scores", MatMul(), [builder.step("query_scaled", Multiply(), [q, factor]), k])
        let attended = try weighted(scores, v, builder)
        let joined = try builder.step("heads_last", Transpose(permutation: [0, 2, 1, 3]), [attended])
        let width = try Checked.multiply(heads, valueSize)
        let flat = try builder.step("heads_joined", Reshape(), [joined, builder.integers([0, 0, width], "joined_shape")])
        // The output has the query's width unless it's told.
        let own = try builder.fixedExtent(query, -1), outputs = try call.configuration.optionalInts("output_shape") ?? [own]
        guard outputs.count == 1 else { throw OsteonError(.unsupported, "output_shape \(outputs)") }
        let kernel = try builder.variable("output_kernel", of: call, shape: [heads, valueSize, outputs[0]], like: query)
        var y = try builder.step("output", MatMul(), [flat, builder.reshaped(kernel, [width, outputs[0]], "output_kernel")])
        if call.configuration.flag("use_bias", true) {
            y = try builder.step("output_biased", Add(), [y, builder.variable("output_bias", of: call, shape: [outputs[0]], like: query)])
        }
        return [y]
    }

    /// The value times a weight, cut into heads and permuted.
    private static func projected(
        _ value: ValueID, _ part: String, _ heads: Int, _ size: Int, _ order: [Int], _ call: LayerCall, _ builder: KerasBuilder
    ) throws(OsteonError) -> ValueID {
        let width = try Checked.multiply(heads, size), features = try builder.fixedExtent(value, -1)
        let kernel = try builder.variable("\(part)_kernel", of: call, shape: [features, heads, size], like: value)
        var y = try builder.step("\(part)_product", MatMul(), [value, builder.reshaped(kernel, [features, width], "\(part)_kernel")])
        if call.configuration.flag("use_bias", true) {
            let bias = try builder.variable("\(part)_bias", of: call, shape: [heads, size], like: value)
            y = try builder.step("\(part)_biased", Add(), [y, builder.reshaped(bias, [width], "\(part)_bias")])
        }
        let cut = try builder.step("\(part)_heads", Reshape(), [y, builder.integers([0, 0, heads, size], "\(part)_shape")])
        return try builder.step("\(part)_turned", Transpose(permutation: order), [cut])
    }
}
