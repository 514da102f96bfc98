import Bytes
import GraphIR

/// A layer as MONAI's factories take it: `"batch"`, or `["group", {"num_groups": 8}]`.
struct LayerSpecification {
    /// In lower case; empty for none.
    var name: String
    private var members: [JSONValue.Member]
    private var argument: String
    private var network: String

    /// - Throws: `.usage` where the argument is neither a text nor a pair of text and dict.
    init(_ json: JSONValue, _ argument: String, of network: String) throws(OsteonError) {
        self.argument = argument
        self.network = network
        if case .array(let items) = json, items.count == 2, case .string(let text) = items[0], case .object(let given) = items[1] {
            (name, members) = (text.lowercased(), given)
        } else if case .string(let text) = json {
            (name, members) = (text.lowercased(), [])
        } else if json == .null {
            (name, members) = ("", [])
        } else {
            throw OsteonError(
                .usage, "\(network)'s argument \(argument) has to be a name or [name, {arguments}], not \(json.text().prefix(80)).")
        }
    }

    /// - Throws: `.usage` where the layer has an argument that isn't among `names`.
    func allow(_ names: String...) throws(OsteonError) {
        for member in members where !names.contains(member.name) && !["inplace", "momentum", "device", "dtype"].contains(member.name) {
            throw error("gives \(name) an argument \(member.name); known are \(names.joined(separator: ", "))")
        }
    }

    func error(_ problem: String, _ code: OsteonError.Code = .usage) -> OsteonError {
        OsteonError(code, "\(network)'s argument \(argument) \(problem).")
    }

    func number(_ key: String, _ fallback: Double) throws(OsteonError) -> Double {
        switch members.first(where: { $0.name == key })?.value {
        case nil: return fallback
        case .number(let value): return value
        case .integer(let value): return Double(value)
        default: throw error("has a \(key) that is no number")
        }
    }

    func integer(_ key: String, _ fallback: Int? = nil) throws(OsteonError) -> Int {
        switch members.first(where: { $0.name == key })?.value {
        case .integer(let value) where (1...NetworkArguments.mostChannels).contains(value): return value
        case nil:
            guard let fallback else { throw error("needs \(key) for \(name)") }
            return fallback
        default: throw error("has a \(key) that is no positive whole number")
        }
    }

    func boolean(_ key: String, _ fallback: Bool) throws(OsteonError) -> Bool {
        switch members.first(where: { $0.name == key })?.value {
        case nil: return fallback
        case .bool(let value): return value
        default: throw error("has a \(key) that is neither true nor false")
        }
    }

    func text(_ key: String, _ fallback: String) throws(OsteonError) -> String {
        switch members.first(where: { $0.name == key })?.value {
        case nil: return fallback
        case .string(let value): return value
        default: throw error("has a \(key) that is no text")
        }
    }
}

/// A normalisation layer, as `monai.networks.layers.get_norm_layer` makes it.
enum NormalizationLayer {
    case none
    /// With `track_running_stats` its own statistics are used at inference, as a batch normalisation does.
    case instance(epsilon: Double, isAffine: Bool, hasStatistics: Bool, channels: Int?)
    case batch(epsilon: Double, isAffine: Bool, hasStatistics: Bool, channels: Int?)
    case group(count: Int, epsilon: Double, isAffine: Bool, channels: Int?)

    /// - Parameter isAffineByDefault: whether an instance normalisation that doesn't say has weights.
    init(_ json: JSONValue, _ argument: String, of network: String, isAffineByDefault: Bool = false) throws(OsteonError) {
        let layer = try LayerSpecification(json, argument, of: network)
        switch layer.name {
        case "": self = .none
        case "instance", "instance_nvfuser":
            try layer.allow("num_features", "eps", "affine", "track_running_stats")
            self = .instance(
                epsilon: try layer.number("eps", 1e-5), isAffine: try layer.boolean("affine", isAffineByDefault),
                hasStatistics: try layer.boolean("track_running_stats", false), channels: try Self.channels(layer, "num_features"))
        case "batch", "syncbatch":
            try layer.allow("num_features", "eps", "affine", "track_running_stats", "process_group")
            self = .batch(
                epsilon: try layer.number("eps", 1e-5), isAffine: try layer.boolean("affine", true),
                hasStatistics: try layer.boolean("track_running_stats", true), channels: try Self.channels(layer, "num_features"))
        case "group":
            try layer.allow("num_groups", "num_channels", "eps", "affine")
            self = .group(
                count: try layer.integer("num_groups"), epsilon: try layer.number("eps", 1e-5),
                isAffine: try layer.boolean("affine", true), channels: try Self.channels(layer, "num_channels"))
        default:
            throw layer.error("is \(layer.name); known are batch, syncbatch, instance, instance_nvfuser and group", .unsupported)
        }
    }

    private static func channels(_ layer: LayerSpecification, _ key: String) throws(OsteonError) -> Int? {
        let given = try layer.integer(key, 0)
        return given == 0 ? nil : given
    }
}

/// An activation layer, as `monai.networks.layers.get_act_layer` makes it.
enum ActivationLayer {
    case none, relu, relu6, selu, sigmoid, tanh, mish
    case leakyRelu(slope: Double)
    case elu(alpha: Double)
    case celu(alpha: Double)
    case swish(alpha: Double)
    case gelu(isApproximate: Bool)
    /// Slopes learned: one for all channels, or one each.
    case prelu(count: Int)
    case softmax(axis: Int)
    case logSoftmax(axis: Int)

    init(_ json: JSONValue, _ argument: String, of network: String) throws(OsteonError) {
        let layer = try LayerSpecification(json, argument, of: network)
        switch layer.name {
        case "prelu": try layer.allow("num_parameters", "init")
        case "leakyrelu": try layer.allow("negative_slope")
        case "elu", "celu", "swish": try layer.allow("alpha")
        case "gelu": try layer.allow("approximate")
        case "softmax", "logsoftmax": try layer.allow("dim")
        default: try layer.allow()
        }
        switch layer.name {
        case "": self = .none
        case "relu": self = .relu
        case "relu6": self = .relu6
        case "selu": self = .selu
        case "sigmoid": self = .sigmoid
        case "tanh": self = .tanh
        case "mish": self = .mish
        case "memswish": self = .swish(alpha: 1)
        case "leakyrelu": self = .leakyRelu(slope: try layer.number("negative_slope", 0.01))
        case "elu": self = .elu(alpha: try layer.number("alpha", 1))
        case "celu": self = .celu(alpha: try layer.number("alpha", 1))
        case "swish": self = .swish(alpha: try layer.number("alpha", 1))
        case "gelu": self = .gelu(isApproximate: try layer.text("approximate", "none") == "tanh")
        case "prelu": self = .prelu(count: try layer.integer("num_parameters", 1))
        case "softmax": self = .softmax(axis: try layer.integer("dim"))
        case "logsoftmax": self = .logSoftmax(axis: try layer.integer("dim"))
        default:
            throw layer.error(
                """
                is \(layer.name); known are relu, leakyrelu, prelu, elu, relu6, selu, celu, gelu, sigmoid, tanh, softmax, \
                logsoftmax, swish, memswish and mish
                """,
                .unsupported)
        }
    }
}
