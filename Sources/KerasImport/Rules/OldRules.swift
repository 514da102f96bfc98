import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Layers that Keras 1 had and later versions dropped.
enum OldRules {
    static let table: [String: LayerRule] = [
        "MaxoutDense": maxout, "Highway": highway, "ParametricSoftplus": parametricSoftplus, "SReLU": shapedRelu,
    ]

    /// The largest of several dense layers' results.
    private static func maxout(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let inputs = try builder.fixedExtent(x, -1)
        let count = try call.configuration.int("nb_feature", default: 4)
        let units = try call.configuration.positive("output_dim")
        guard count >= 1, try builder.rank(x) == 2 else { throw OsteonError(.malformed, "Its input isn't of rank 2.") }
        let kernel = try builder.variable("kernel", of: call, shape: [count, inputs, units], like: x)
        var y = try builder.step("products", Einsum(equation: "ni,fio->nfo"), [x, kernel])
        if try call.configuration.bool("bias", default: true) {
            y = try builder.step("biased", Add(), [y, builder.variable("bias", of: call, shape: [count, units], like: x)])
        }
        return [try builder.step("largest", ReduceMaximum(keepDimensions: false), [y, builder.integers([1], "axis")])]
    }

    /// `g · activation(W x + b) + (1 − g) · x` with `g = sigmoid(V x + c)`.
    private static func highway(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let width = try builder.fixedExtent(x, -1)
        let hasBias = try call.configuration.bool("bias", default: true)
        var parts: [ValueID] = []
        for (weight, bias) in [("kernel", "bias"), ("carry_kernel", "carry_bias")] {
            var y = try builder.step(
                "\(weight)_product", MatMul(), [x, builder.variable(weight, of: call, shape: [width, width], like: x)])
            if hasBias { y = try builder.step("\(weight)_biased", Add(), [y, builder.variable(bias, of: call, shape: [width], like: x)]) }
            parts.append(y)
        }
        let gate = try builder.step("gate", Sigmoid(), [parts[1]])
        let made = try builder.activated(parts[0], call.configuration.value(["activation"]), call)
        let rest = try builder.step("rest", Subtract(), [builder.scalar(1, like: x, "one"), gate])
        return [
            try builder.step(
                "sum", Add(), [builder.step("made", Multiply(), [made, gate]), builder.step("carried", Multiply(), [x, rest])])
        ]
    }

    /// `α · softplus(β · x)`.
    private static func parametricSoftplus(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let scaled = try builder.step("scaled", Multiply(), [x, ActivationRules.elementwise("betas", call, builder, like: x)])
        return [
            try builder.step(
                "softplus", Multiply(),
                [builder.step("unscaled", Softplus(), [scaled]), ActivationRules.elementwise("alphas", call, builder, like: x)])
        ]
    }

    /// Three pieces of a line: slope `a_left` below `t_left`, 1, and slope `a_right` above `t_left + |t_right|`. Theano bounds the first,
    /// too.
    private static func shapedRelu(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        var variables: [ValueID] = []
        for name in ["t_left", "a_left", "t_right", "a_right"] {
            variables.append(try ActivationRules.elementwise(name, call, builder, like: x))
        }
        let width = try builder.step("width", Abs(), [variables[2]])
        let upper = try builder.step("upper", Add(), [variables[0], width])
        let middle = try builder.step("middle", Minimum(), [builder.step("above", Maximum(), [x, variables[0]]), upper])
        let zero = try builder.scalar(0, like: x, "zero")
        let below = try builder.step("below", Minimum(), [builder.step("left", Subtract(), [x, variables[0]]), zero])
        let beyond = try builder.step("beyond", Maximum(), [builder.step("right", Subtract(), [x, upper]), zero])
        var left = try builder.step("left_part", Multiply(), [below, variables[1]])
        if builder.dialect.isTheano { left = try builder.step("left_bounded", Minimum(), [left, width]) }
        let sum = try builder.step("with_left", Add(), [middle, left])
        return [try builder.step("with_right", Add(), [sum, builder.step("right_part", Multiply(), [beyond, variables[3]])])]
    }
}
