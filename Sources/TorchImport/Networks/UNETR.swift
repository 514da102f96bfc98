import Bytes
import GraphIR
import Operators

/// MONAI's UNETR: a vision transformer of 12 layers as encoder, its states joined by a convolutional decoder
/// (Hatamizadeh et al., 2021). The input has the one size it was trained for.
struct UNETR: NetworkDefinition {
    static let name = "UNETR"

    let rank: Int
    let inputChannels: Int
    let inputExtents: [Int]?
    private let outputChannels: Int
    private let grid: [Int]
    private let features: Int, hidden: Int, inner: Int, heads: Int
    private let style: UNetBlockStyle
    private let isPerceptron: Bool, hasBlocks: Bool, isResidual: Bool, hasBias: Bool

    private static let patch = 16

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let arguments = try NetworkArguments(
            Self.name, members,
            known: [
                "in_channels", "out_channels", "img_size", "feature_size", "hidden_size", "mlp_dim", "num_heads", "proj_type", "norm_name",
                "conv_block", "res_block", "dropout_rate", "spatial_dims", "qkv_bias", "save_attn",
            ],
            renamed: ["pos_embed": "proj_type"])
        try arguments.ignore("dropout_rate", "save_attn")
        rank = try arguments.integer("spatial_dims", 3, in: 2...3)
        inputChannels = try arguments.integer("in_channels")
        outputChannels = try arguments.integer("out_channels")
        let size = try arguments.extents("img_size", rank: rank)
        guard size.allSatisfy({ $0 % Self.patch == 0 }) else {
            throw arguments.error("img_size", "has to be made of multiples of \(Self.patch), not \(size)")
        }
        inputExtents = size
        grid = size.map { $0 / Self.patch }
        features = try arguments.integer("feature_size", 16, in: 1...4096)
        hidden = try arguments.integer("hidden_size", 768)
        inner = try arguments.integer("mlp_dim", 3072)
        heads = try arguments.integer("num_heads", 12)
        guard hidden.isMultiple(of: heads) else { throw arguments.error("hidden_size", "has to be a multiple of the \(heads) heads") }
        isPerceptron = try arguments.text("proj_type", "conv", of: ["conv", "perceptron"]) == "perceptron"
        style = UNetBlockStyle(normalization: try NormalizationLayer(arguments["norm_name"] ?? "instance", "norm_name", of: Self.name))
        hasBlocks = try arguments.boolean("conv_block", true)
        isResidual = try arguments.boolean("res_block", true)
        hasBias = try arguments.boolean("qkv_bias", false)
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        var tokens = try embedded(x, builder)
        var states: [ValueID] = []
        for layer in 0..<12 {
            tokens = try transformer(tokens, "vit.blocks.\(layer)", builder)
            states.append(tokens)
        }
        let last = try grid(builder.layerNormalization(tokens, "vit.norm", hidden), "vit", builder)
        let finest = try builder.unetBlock(
            x, "encoder1.layer", to: features, kernel: builder.all(3), isResidual: isResidual, style: style)
        var skips = [finest]
        for (place, layer) in [3, 6, 9].enumerated() {
            let path = "encoder\(place + 2)"
            skips.append(try upward(grid(states[layer], "\(path).grid", builder), path, features << (place + 1), steps: 2 - place, builder))
        }
        var value = last
        for level in (0..<4).reversed() {
            value = try builder.unetUpBlock(
                value, skips[level], "decoder\(level + 2)", to: features << level, isResidual: isResidual, style: style)
        }
        return [try builder.pointwise(value, "out.conv.conv", to: outputChannels, hasBias: true)]
    }

    /// Each patch as a token with its place's embedding.
    private func embedded(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        let path = "vit.patch_embedding"
        let side = Self.patch
        let count = try Checked.product(grid)
        var tokens: ValueID
        if isPerceptron {
            // N C (g₁ p) (g₂ p) … → N (g₁ g₂ …) (p p … C)
            let split = try builder.viewed(x, [0, inputChannels] + grid.flatMap { [$0, side] }, "\(path).patches")
            let order = [0] + (0..<rank).map { 2 + 2 * $0 } + (0..<rank).map { 3 + 2 * $0 } + [1]
            let moved = try builder.transposed(split, order, "\(path).patch_embeddings.0")
            let length = try Checked.multiply(inputChannels, Checked.product(builder.all(side)))
            let flat = try builder.viewed(moved, [0, count, length], "\(path).tokens")
            tokens = try builder.tokenLinear(flat, "\(path).patch_embeddings.1", from: length, to: hidden, hasBias: true)
        } else {
            let patches = try builder.convolution(
                x, "\(path).patch_embeddings", to: hidden, kernel: builder.all(side), strides: builder.all(side), padding: builder.all(0),
                hasBias: true)
            tokens = try builder.transposed(builder.viewed(patches, [0, hidden, count], "\(path).flatten"), [0, 2, 1], "\(path).tokens")
        }
        let places = try builder.parameter("\(path).position_embeddings", [1, count, hidden])
        tokens = try builder.sum(tokens, places, path)
        return tokens
    }

    private func transformer(_ x: ValueID, _ path: String, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        let attended = try builder.selfAttention(
            builder.layerNormalization(x, "\(path).norm1", hidden), "\(path).attn", hidden, heads: heads, hasBias: hasBias,
            output: "out_proj")
        let middle = try builder.sum(x, attended, "\(path).attn.sum")
        let dense = try builder.perceptron(builder.layerNormalization(middle, "\(path).norm2", hidden), "\(path).mlp", hidden, inner: inner)
        return try builder.sum(middle, dense, path)
    }

    /// Tokens as channels on the grid of patches.
    private func grid(_ x: ValueID, _ path: String, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        let channelsFirst = try builder.transposed(x, [0, 2, 1], "\(path).channels_first")
        return try builder.viewed(channelsFirst, [0, hidden] + grid, "\(path).proj_feat")
    }

    /// Doublings, each but the first followed by a block.
    private func upward(_ x: ValueID, _ path: String, _ channels: Int, steps: Int, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID
    {
        var value = try builder.doubled(x, "\(path).transp_conv_init.conv", to: channels)
        for step in 0..<steps {
            guard hasBlocks else {
                value = try builder.doubled(value, "\(path).blocks.\(step).conv", to: channels)
                continue
            }
            value = try builder.doubled(value, "\(path).blocks.\(step).0.conv", to: channels)
            value = try builder.unetBlock(
                value, "\(path).blocks.\(step).1", to: channels, kernel: builder.all(3), isResidual: isResidual, style: style)
        }
        return value
    }

    /// A normalisation that newer versions of MONAI make and don't use.
    func isIgnorable(_ name: String) -> Bool { name.contains(".norm_cross_attn.") }
}
