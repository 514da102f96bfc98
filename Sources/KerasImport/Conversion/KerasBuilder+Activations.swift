import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// The functions that layers take by name (`"activation": "relu"`).
extension KerasBuilder {
    /// The value after the function a configuration names; unchanged for none.
    /// - Parameter lastAxis: where the axis that's last in the layer's own layout lies in `value`.
    func activated(_ value: ValueID, _ function: JSONValue?, _ call: LayerCall, lastAxis: Int = -1) throws(OsteonError) -> ValueID {
        guard let function, function != .null else { return value }
        if case .string(let name) = function { return try activated(value, named: name, lastAxis: lastAxis) }
        // {"class_name": "function", "config": "relu"}, or a layer that serves as a function.
        guard case .string(let className)? = function["class_name"] else { throw function.mismatch("the name of a function") }
        if case .string(let name)? = function["config"] {
            if let registered = function["registered_name"], case .string(let text) = registered, text.contains(">") {
                throw OsteonError(.unsupported, "the function \(text), which is the model's own")
            }
            return try activated(value, named: name, lastAxis: lastAxis)
        }
        let layer = KerasLayer(
            className: className, package: "", name: call.layer.name,
            configuration: try LayerConfiguration(function["config"] ?? .object([]), dialect), path: "\(call.layer.path)/activation",
            storagePath: "", isOperation: false)
        guard lastAxis == -1, LayerVariables.slots(of: layer).isEmpty, let rule = ActivationRules.table[className] else {
            throw OsteonError(.unsupported, "the layer \(className) as its activation")
        }
        guard let result = try rule(LayerCall(layer, [.value(value)]), self).first else {
            throw OsteonError(.internalFault, "An activation without a result.")
        }
        return result
    }

    func activated(_ value: ValueID, named name: String, lastAxis: Int = -1) throws(OsteonError) -> ValueID {
        let x = value
        switch name {
        case "linear": return x
        case "softmax", "log_softmax":
            let isLog = name == "log_softmax"
            let axis = lastAxis
            return isLog ? try step(name, LogSoftmax(axis: axis), [x]) : try step(name, Softmax(axis: axis), [x])
        case "relu6": return try clipped(x, 0, 6, name)
        case "hard_tanh": return try clipped(x, -1, 1, name)
        case "hard_sigmoid": return try step(name, hardSigmoid, [x])
        case "gelu": return try step(name, Gelu(), [x])
        case "leaky_relu": return try step(name, LeakyRelu(alpha: 0.2), [x])
        case "hard_shrink": return try step(name, shrink(bias: 0), [x])
        case "soft_shrink": return try step(name, shrink(bias: 0.5), [x])
        case "tanh_shrink": return try step(name, Subtract(), [x, step("tanh", Tanh(), [x])])
        case "log_sigmoid":
            return try step(name, Negate(), [step("softplus", Softplus(), [step("negative", Negate(), [x])])])
        case "squareplus":
            let square = try step("square", Multiply(), [x, x])
            let root = try step("root", Sqrt(), [step("shifted", Add(), [square, scalar(4, like: x, "four")])])
            return try step(name, Multiply(), [step("sum", Add(), [x, root]), scalar(0.5, like: x, "half")])
        case "sparse_sigmoid":
            return try step(name, HardSigmoid(alpha: 0.5, beta: 0.5), [x])
        case "glu":
            let halves = try steps("half", Split(axis: lastAxis, count: 2), [x], count: 2)
            return try step(name, Multiply(), [halves[0], step("gate", Sigmoid(), [halves[1]])])
        default:
            guard let op = Self.plain[name] else { throw OsteonError(.unsupported, "the function \(name)") }
            return try step(name, op, [x])
        }
    }

    /// Functions that are one operator without attributes.
    private static let plain: [String: any Operator] = [
        "relu": Relu(), "sigmoid": Sigmoid(), "tanh": Tanh(), "softplus": Softplus(), "softsign": Softsign(), "elu": Elu(),
        "selu": Selu(), "exponential": Exp(), "swish": Swish(), "silu": Swish(), "mish": Mish(), "celu": Celu(),
        "hard_silu": HardSwish(), "hard_swish": HardSwish(),
    ]

    /// `clip(0.2 x + 0.5)` up to Keras 2, `clip(x / 6 + 0.5)` since 3.
    var hardSigmoid: HardSigmoid {
        dialect.major >= 3 ? HardSigmoid(alpha: 1.0 / 6, beta: 0.5) : HardSigmoid(alpha: 0.2, beta: 0.5)
    }

    private func shrink(bias: Double) -> Shrink { Shrink(bias: bias, lambda: 0.5) }

    /// `min(max(x, minimum), maximum)`; a bound of nil doesn't bound.
    func clipped(_ x: ValueID, _ minimum: Double?, _ maximum: Double?, _ part: String) throws(OsteonError) -> ValueID {
        let low = try minimum.map { (bound) throws(OsteonError) in try scalar(bound, like: x, "\(part)_minimum") }
        let high = try maximum.map { (bound) throws(OsteonError) in try scalar(bound, like: x, "\(part)_maximum") }
        return try step(part, Clip(), [x, low, high])
    }
}

extension KerasBuilder {
    /// A channels-first value after the layer's activation, in the layer's own layout.
    func activated(_ value: ValueID, _ call: LayerCall, _ layout: ChannelLayout) throws(OsteonError) -> ValueID {
        let function = call.configuration.value(["activation"])
        guard layout.isChannelsLast else { return try activated(value, function, call) }
        if let function, case .object = function, function["config"].map({ if case .string = $0 { false } else { true } }) ?? true {
            // A layer as its activation, which counts axes in the layer's own layout.
            return try activated(step("linear", Transpose(permutation: layout.toChannelsLast), [value]), function, call)
        }
        return try channelsLast(activated(value, function, call, lastAxis: 1), layout)
    }
}
