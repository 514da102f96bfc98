import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Layers of transformers, on values N × tokens × features.
extension NetworkBuilder {
    /// `torch.nn.LayerNorm` over the last axis.
    func layerNormalization(_ x: ValueID, _ path: String, _ features: Int) throws(OsteonError) -> ValueID {
        let scale = try parameter("\(path).weight", [features])
        let bias = try parameter("\(path).bias", [features])
        return try module(path, LayerNormalization(), [x, scale, bias])
    }

    /// `torch.nn.Linear` over the last axis.
    func tokenLinear(_ x: ValueID, _ path: String, from given: Int, to produced: Int, hasBias: Bool) throws(OsteonError) -> ValueID {
        scope = path
        let weight = try permuted(parameter("\(path).weight", [produced, given]), [1, 0])
        guard hasBias else { return try result(MatMul(), [x, weight]) }
        let product = try step("product", MatMul(), [x, weight])
        return try result(Add(), [product, parameter("\(path).bias", [produced])])
    }

    /// MONAI's `MLPBlock`: two linear layers, GELU between them.
    func perceptron(_ x: ValueID, _ path: String, _ features: Int, inner: Int) throws(OsteonError) -> ValueID {
        let wide = try tokenLinear(x, "\(path).linear1", from: features, to: inner, hasBias: true)
        let active = try activation(wide, "\(path).fn", .gelu(isApproximate: false))
        return try tokenLinear(active, "\(path).linear2", from: inner, to: features, hasBias: true)
    }

    /// Self-attention of `heads` heads; `scores` may add to what goes into the softmax (N × heads × tokens × tokens).
    func selfAttention(
        _ x: ValueID, _ path: String, _ features: Int, heads: Int, hasBias: Bool, output: String,
        scores: (ValueID) throws(OsteonError) -> ValueID = { (value) throws(OsteonError) in value }
    ) throws(OsteonError) -> ValueID {
        let joint = try tokenLinear(x, "\(path).qkv", from: features, to: Checked.multiply(features, 3), hasBias: hasBias)
        scope = path
        let parts = try steps("qkv", Split(axis: 2), [joint], count: 3)
        let shape = [0, 0, heads, features / heads]
        func headed(_ place: Int, _ name: String, _ permutation: [Int]) throws(OsteonError) -> ValueID {
            let split = try self.step("\(name)_heads", Reshape(), [parts[place], self.integers(shape, "\(name)_shape")])
            return try self.step(name, Transpose(permutation: permutation), [split])
        }
        let queries = try headed(0, "queries", [0, 2, 1, 3])
        let keys = try headed(1, "keys", [0, 2, 3, 1])
        let values = try headed(2, "values", [0, 2, 1, 3])
        let factor = 1 / Double(features / heads).squareRoot()
        let scaled = try step("scaled", Multiply(), [queries, scalar(factor, like: queries, "scale")])
        let raw = try scores(step("scores", MatMul(), [scaled, keys]))
        scope = path
        let weights = try step("weights", Softmax(axis: -1), [raw])
        let mixed = try step("mixed", Transpose(permutation: [0, 2, 1, 3]), [step("attended", MatMul(), [weights, values])])
        let joined = try result(Reshape(), [mixed, integers([0, 0, features], "joined_shape")])
        return try tokenLinear(joined, "\(path).\(output)", from: features, to: features, hasBias: true)
    }

    /// The value under another shape; 0 keeps an extent, −1 is what's left.
    func viewed(_ x: ValueID, _ shape: [Int], _ path: String) throws(OsteonError) -> ValueID {
        scope = path
        return try result(Reshape(), [x, integers(shape, "shape")])
    }

    func transposed(_ x: ValueID, _ permutation: [Int], _ path: String) throws(OsteonError) -> ValueID {
        try module(path, Transpose(permutation: permutation), [x])
    }
}
