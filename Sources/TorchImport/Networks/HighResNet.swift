import Bytes
import GraphIR
import ImportSupport
import Operators

/// MONAI's HighResNet: dilated residual blocks at full resolution (Li et al., 2017).
struct HighResNet: NetworkDefinition {
    static let name = "HighResNet"

    /// One entry of `layer_params`; `kernels` and `repetitions` are those of a residual layer.
    private struct Layer {
        var features: Int, kernels: [Int], repetitions: Int
    }

    let rank: Int
    let inputChannels: Int
    private let outputChannels: Int
    private let layers: [Layer]
    private let style: ConvolutionStyle
    private let projects: Bool

    private static let usual: JSONValue = [
        ["name": "conv_0", "n_features": 16, "kernel_size": 3],
        ["name": "res_1", "n_features": 16, "kernels": [3, 3], "repeat": 3],
        ["name": "res_2", "n_features": 32, "kernels": [3, 3], "repeat": 3],
        ["name": "res_3", "n_features": 64, "kernels": [3, 3], "repeat": 3],
        ["name": "conv_1", "n_features": 80, "kernel_size": 1],
        ["name": "conv_2", "kernel_size": 1],
    ]

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let arguments = try NetworkArguments(
            Self.name, members,
            known: [
                "spatial_dims", "in_channels", "out_channels", "norm_type", "acti_type", "dropout_prob", "bias", "layer_params",
                "channel_matching",
            ],
            renamed: ["dimensions": "spatial_dims"])
        try arguments.ignore("dropout_prob")
        rank = try arguments.integer("spatial_dims", 3, in: 1...3)
        inputChannels = try arguments.integer("in_channels", 1)
        outputChannels = try arguments.integer("out_channels", 1)
        style = ConvolutionStyle(
            ordering: "NA", activation: try ActivationLayer(arguments["acti_type"] ?? "relu", "acti_type", of: Self.name),
            normalization: try NormalizationLayer(arguments["norm_type"] ?? "batch", "norm_type", of: Self.name),
            hasBias: try arguments.boolean("bias", false))
        projects = try arguments.text("channel_matching", "pad", of: ["pad", "project"]) == "project"
        guard case .array(let items) = arguments["layer_params"] ?? Self.usual, (3...20).contains(items.count) else {
            throw arguments.error("layer_params", "has to be a list of 3 to 20 dicts")
        }
        var layers: [Layer] = []
        for (place, item) in items.enumerated() {
            guard case .object(let members) = item else { throw arguments.error("layer_params", "has to be a list of dicts") }
            let isResidual = place > 0 && place < items.count - 2
            let isLast = place == items.count - 1
            let layer = try NetworkArguments(
                "\(Self.name)'s layer \(place)", members, known: ["name", "n_features", isResidual ? "kernels" : "kernel_size", "repeat"])
            let kernels =
                isResidual
                ? try layer.integers("kernels", count: 1...8, in: 1...31) : [try layer.integer("kernel_size", in: 1...31)]
            guard kernels.allSatisfy({ $0 % 2 == 1 }) else { throw arguments.error("layer_params", "has a kernel that isn't odd") }
            layers.append(
                Layer(
                    features: isLast ? outputChannels : try layer.integer("n_features"), kernels: kernels,
                    repetitions: isResidual ? try layer.integer("repeat", in: 1...64) : 1))
        }
        self.layers = layers
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        var value = x
        var block = 0
        for (place, layer) in layers.enumerated() {
            let isResidual = place > 0 && place < layers.count - 2
            for _ in 0..<layer.repetitions {
                let path = "blocks.\(block)"
                value =
                    isResidual
                    ? try residual(value, path, layer, dilation: 1 << (place - 1), builder)
                    : try builder.convolutionBlock(
                        value, path, to: layer.features, kernel: builder.all(layer.kernels[0]), hasBias: style.hasBias, style: style)
                block += 1
            }
        }
        return [value]
    }

    private func residual(_ x: ValueID, _ path: String, _ layer: Layer, dilation: Int, _ builder: NetworkBuilder) throws(OsteonError)
        -> ValueID
    {
        var value = x
        for (place, kernel) in layer.kernels.enumerated() {
            value = try builder.normalization(value, "\(path).layers.\(2 * place).N", style.normalization)
            value = try builder.activation(value, "\(path).layers.\(2 * place).A", style.activation)
            value = try builder.convolution(
                value, "\(path).layers.\(2 * place + 1).conv", to: layer.features, kernel: builder.all(kernel),
                padding: builder.all((kernel - 1) / 2 * dilation), dilation: dilation, hasBias: style.hasBias)
        }
        return try builder.sum(value, matched(x, path, layer.features, builder), path)
    }

    /// The input with as many channels as the block's output: zeros on both sides, or a convolution.
    private func matched(_ x: ValueID, _ path: String, _ channels: Int, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        let given = try builder.channels(x)
        guard given != channels else { return x }
        if projects { return try builder.pointwise(x, "\(path).chn_pad.project", to: channels, hasBias: true) }
        guard channels > given else {
            throw OsteonError(.usage, "\(Self.name) can't pad \(given) channels to \(channels); channel_matching=project convolves them.")
        }
        let before = (channels - given) / 2
        builder.scope = "\(path).chn_pad"
        return try builder.result(
            Pad(), [x, builder.integers([before, channels - given - before], "pads"), nil, builder.integers([1], "axis")])
    }
}
