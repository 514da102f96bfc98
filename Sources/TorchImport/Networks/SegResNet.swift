import Bytes
import GraphIR

/// MONAI's SegResNet: residual blocks that normalise first, strided convolutions down, sums on the way up (Myronenko, 2018).
/// `SegResNetVAE` computes the same at inference; its other branch is left out.
struct SegResNet: NetworkDefinition {
    static let name = "SegResNet"

    let rank: Int
    let inputChannels: Int
    private let filters: Int, outputChannels: Int
    private let activation: ActivationLayer, normalization: NormalizationLayer
    private let hasFinal: Bool, isVariational: Bool
    private let down: [Int], up: [Int]
    private let mode: UpsampleMode

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        isVariational = name == "segresnetvae"
        let own =
            isVariational
            ? ["input_image_size", "vae_estimate_std", "vae_default_std", "vae_nz"] : []
        let older = isVariational ? [] : ["norm_name", "num_groups"]
        let title = isVariational ? "SegResNetVAE" : Self.name
        let arguments = try NetworkArguments(
            title, members,
            known: own + ["spatial_dims", "init_filters", "in_channels", "out_channels", "dropout_prob", "act", "norm"] + older
                + ["use_conv_final", "blocks_down", "blocks_up", "upsample_mode"])
        try arguments.ignore("dropout_prob", "input_image_size", "vae_estimate_std", "vae_default_std", "vae_nz")
        rank = try arguments.integer("spatial_dims", 3, in: 2...3)
        filters = try arguments.integer("init_filters", 8)
        inputChannels = try arguments.integer("in_channels", 1)
        outputChannels = try arguments.integer("out_channels", 2)
        activation = try ActivationLayer(arguments["act"] ?? "RELU", "act", of: title)
        var norm = arguments["norm"] ?? ["GROUP", ["num_groups": 8]]
        if try arguments.text("norm_name", "").lowercased() == "group" {
            norm = ["group", ["num_groups": .integer(try arguments.integer("num_groups", 8))]]
        } else if arguments.has("norm_name"), try arguments.text("norm_name", "") != "" {
            throw arguments.error("norm_name", "can only be group; give norm instead")
        }
        normalization = try NormalizationLayer(norm, "norm", of: title)
        hasFinal = try arguments.boolean("use_conv_final", true)
        down = try arguments.integers("blocks_down", [1, 2, 2, 4], count: 1...12, in: 0...64)
        up = try arguments.integers("blocks_up", [1, 1, 1], count: 0...11, in: 0...64)
        mode = try UpsampleMode(arguments, "upsample_mode", .interpolation)
        guard up.count == down.count - 1 else {
            throw arguments.error("blocks_up", "has \(up.count) levels; \(down.count) in blocks_down need \(down.count - 1)")
        }
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        var value = try unbiased(x, "convInit", filters, builder)
        var levels: [ValueID] = []
        for (level, count) in down.enumerated() {
            if level > 0 { value = try unbiased(value, "down_layers.\(level).0", filters << level, stride: 2, builder) }
            for block in 0..<count { value = try residualBlock(value, "down_layers.\(level).\(block + 1)", builder) }
            levels.append(value)
        }
        for (step, count) in up.enumerated() {
            let level = up.count - 1 - step
            value = try builder.pointwise(value, "up_samples.\(step).0.conv", to: filters << level, hasBias: false)
            value = try builder.upsampled(value, "up_samples.\(step).1", to: filters << level, mode: mode, alignsCorners: false)
            value = try builder.sum(value, levels[level], "up_samples.\(step)")
            for block in 0..<count { value = try residualBlock(value, "up_layers.\(step).\(block)", builder) }
        }
        guard hasFinal else { return [value] }
        value = try builder.normalization(value, "conv_final.0", normalization)
        value = try builder.activation(value, "conv_final.1", activation)
        return [try builder.pointwise(value, "conv_final.2.conv", to: outputChannels, hasBias: true)]
    }

    private func unbiased(_ x: ValueID, _ path: String, _ channels: Int, stride: Int = 1, _ builder: NetworkBuilder) throws(OsteonError)
        -> ValueID
    {
        try builder.convolution(
            x, "\(path).conv", to: channels, kernel: builder.all(3), strides: builder.all(stride), padding: builder.all(1), hasBias: false)
    }

    private func residualBlock(_ x: ValueID, _ path: String, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        let channels = try builder.channels(x)
        var value = x
        for part in 1...2 {
            value = try builder.normalization(value, "\(path).norm\(part)", normalization)
            value = try builder.activation(value, "\(path).act", activation)
            value = try unbiased(value, "\(path).conv\(part)", channels, builder)
        }
        return try builder.sum(value, x, path)
    }

    /// The activation that's shared but used in `conv_final` only, the variational branch, and a last block that isn't run.
    func isIgnorable(_ name: String) -> Bool {
        name.hasPrefix("act_mod.") || isVariational && name.hasPrefix("vae_") || !hasFinal && name.hasPrefix("conv_final.")
    }
}
