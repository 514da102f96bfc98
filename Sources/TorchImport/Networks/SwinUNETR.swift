import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// MONAI's SwinUNETR: a transformer with shifted windows as encoder, a convolutional decoder (Hatamizadeh et al., 2022).
///
/// The windows depend on the input's extents, so these are needed: as `img_size`, which MONAI had before 1.5 and which stays an
/// argument here.
struct SwinUNETR: NetworkDefinition {
    static let name = "SwinUNETR"

    let rank: Int
    let inputChannels: Int
    var inputExtents: [Int]? { extents }
    private let extents: [Int]
    private let outputChannels: Int
    private let patch: Int, features: Int, ratio: Double
    private let depths: [Int], heads: [Int], window: [Int]
    private let hasBias: Bool, normalizes: Bool, normalizesPatches: Bool, hasBlocks: Bool, mergesInOrder: Bool
    private let style: UNetBlockStyle

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let arguments = try NetworkArguments(
            Self.name, members,
            known: [
                "img_size", "in_channels", "out_channels", "patch_size", "depths", "num_heads", "window_size", "qkv_bias", "mlp_ratio",
                "feature_size", "norm_name", "drop_rate", "attn_drop_rate", "dropout_path_rate", "normalize", "patch_norm",
                "use_checkpoint",
                "spatial_dims", "downsample", "use_v2", "use_flash_attention",
            ])
        try arguments.ignore("drop_rate", "attn_drop_rate", "dropout_path_rate", "use_checkpoint", "use_flash_attention")
        rank = try arguments.integer("spatial_dims", 3, in: 2...3)
        inputChannels = try arguments.integer("in_channels")
        outputChannels = try arguments.integer("out_channels")
        patch = try arguments.integer("patch_size", 2, in: 1...16)
        depths = try arguments.integers("depths", [2, 2, 2, 2], count: 4...4, in: 1...64)
        heads = try arguments.integers("num_heads", [3, 6, 12, 24], count: 4...4, in: 1...1024)
        window = try arguments.extents("window_size", 7, rank: rank)
        features = try arguments.integer("feature_size", 24, in: 12...4096)
        for (level, heads) in heads.enumerated() where (features << level) % heads != 0 {
            throw arguments.error("num_heads", "has \(heads) for \(features << level) features, which don't divide")
        }
        switch arguments["mlp_ratio"] ?? 4 {
        case .integer(let value) where (1...64).contains(value): ratio = Double(value)
        case .number(let value) where value > 0 && value <= 64: ratio = value
        default: throw arguments.error("mlp_ratio", "has to be a number from 0 to 64")
        }
        hasBias = try arguments.boolean("qkv_bias", true)
        normalizes = try arguments.boolean("normalize", true)
        normalizesPatches = try arguments.boolean("patch_norm", false)
        hasBlocks = try arguments.boolean("use_v2", false)
        mergesInOrder = try arguments.text("downsample", "merging", of: ["merging", "mergingv2"]) == "mergingv2"
        style = UNetBlockStyle(normalization: try NormalizationLayer(arguments["norm_name"] ?? "instance", "norm_name", of: Self.name))
        extents = try arguments.extents("img_size", rank: rank)
        var unit = 1
        for _ in 0..<5 { unit *= patch }
        guard extents.allSatisfy({ $0 % unit == 0 }), patch % 2 == 0 || unit == 1 else {
            throw arguments.error("img_size", "has to be made of multiples of \(unit), not \(extents)")
        }
        let tokens = try Checked.product(zip(extents, window).map { min($0 / patch, $1) })
        guard tokens <= 4096, try Checked.product(extents) <= 1 << 28 else {
            throw OsteonError(
                .limitExceeded, "\(Self.name) with windows of \(tokens) tokens on \(extents): more than 4096, or too large an input.")
        }
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        let states = try encoded(x, builder)
        func block(_ x: ValueID, _ number: Int, _ width: Int) throws(OsteonError) -> ValueID {
            try builder.unetBlock(
                x, "encoder\(number).layer", to: features * width, kernel: builder.all(3), isResidual: true, style: style)
        }
        let skips = [
            try block(x, 1, 1), try block(states[0], 2, 1), try block(states[1], 3, 2), try block(states[2], 4, 4), states[3],
        ]
        var value = try block(states[4], 10, 16)
        for level in (0..<5).reversed() {
            value = try builder.unetUpBlock(
                value, skips[level], "decoder\(level + 1)", to: features << max(level - 1, 0), isResidual: true, style: style)
        }
        return [try builder.pointwise(value, "out.conv.conv", to: outputChannels, hasBias: true)]
    }

    /// The embedded patches and what each of the four stages gives, normalised over the channels.
    private func encoded(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        let path = "swinViT.patch_embed"
        let side = builder.all(patch)
        let toLast = [0] + Array(2..<rank + 2) + [1]
        let toFirst = [0, rank + 1] + Array(1..<rank + 1)
        var value = try builder.convolution(
            x, "\(path).proj", to: features, kernel: side, strides: side, padding: builder.all(0), hasBias: true)
        if normalizesPatches {
            let last = try builder.transposed(value, toLast, "\(path).channels_last")
            value = try builder.transposed(builder.layerNormalization(last, "\(path).norm", features), toFirst, path)
        }
        var states: [ValueID] = []
        var size = extents.map { $0 / patch }
        for stage in 0...4 {
            states.append(try normalizedState(value, "swinViT.proj_out.\(stage)", toLast, toFirst, builder))
            guard stage < 4 else { break }
            let layer = "swinViT.layers\(stage + 1).0"
            let width = features << stage
            if hasBlocks {
                value = try builder.unetBlock(
                    value, "swinViT.layers\(stage + 1)c.0.layer", to: width, kernel: builder.all(3), isResidual: true,
                    style: UNetBlockStyle(normalization: .instance(epsilon: 1e-5, isAffine: false, hasStatistics: false, channels: nil)))
            }
            let windows = SwinWindows(extents: size, window: window, builder: builder)
            var tokens = try builder.transposed(value, toLast, "\(layer).channels_last")
            for block in 0..<depths[stage] {
                tokens = try self.block(tokens, "\(layer).blocks.\(block)", stage, isShifted: block % 2 == 1, windows, builder)
            }
            tokens = try merged(tokens, "\(layer).downsample", width, size, builder)
            value = try builder.transposed(tokens, toFirst, "\(layer).channels_first")
            size = size.map { $0 / 2 }
        }
        return states
    }

    /// A layer normalisation over the channels without weights.
    private func normalizedState(
        _ x: ValueID, _ path: String, _ toLast: [Int], _ toFirst: [Int], _ builder: NetworkBuilder
    ) throws(OsteonError) -> ValueID {
        guard normalizes else { return x }
        let channels = try builder.channels(x)
        let last = try builder.transposed(x, toLast, "\(path).channels_last")
        let scale = builder.constant(try Tensor([Float](repeating: 1, count: channels)), "scale")
        return try builder.transposed(builder.module("\(path).norm", LayerNormalization(), [last, scale]), toFirst, path)
    }

    private func block(
        _ x: ValueID, _ path: String, _ stage: Int, isShifted: Bool, _ windows: SwinWindows, _ builder: NetworkBuilder
    ) throws(OsteonError) -> ValueID {
        let width = features << stage
        let heads = heads[stage]
        let shifts = isShifted ? windows.shifts : builder.all(0)
        let normalized = try builder.layerNormalization(x, "\(path).norm1", width)
        let parts = try windows.partitioned(normalized, width, shifts, "\(path).partition")
        let attended = try builder.selfAttention(
            parts, "\(path).attn", width, heads: heads, hasBias: hasBias, output: "proj",
            scores: { (scores) throws(OsteonError) in
                try windows.biased(scores, "\(path).attn", heads: heads, isMasked: shifts.contains { $0 > 0 })
            })
        let joined = try windows.joined(attended, width, shifts, "\(path).join")
        let middle = try builder.sum(x, joined, "\(path).attn.sum")
        let inner = try Checked.int((Double(width) * ratio).rounded(.towardZero))
        let dense = try builder.perceptron(builder.layerNormalization(middle, "\(path).norm2", width), "\(path).mlp", width, inner: inner)
        return try builder.sum(middle, dense, path)
    }

    /// Blocks of 2 along every axis as one token of 2ʳ times the features, normalised and brought to twice the features.
    private func merged(_ x: ValueID, _ path: String, _ width: Int, _ size: [Int], _ builder: NetworkBuilder) throws(OsteonError) -> ValueID
    {
        let parts = 1 << rank
        let wide = width * parts
        let split = try builder.viewed(x, [0] + size.flatMap { [$0 / 2, 2] } + [width], "\(path).split")
        let order = [0] + (0..<rank).map { 1 + 2 * $0 } + (0..<rank).map { 2 + 2 * $0 } + [1 + 2 * rank]
        let moved = try builder.transposed(split, order, "\(path).blocks")
        // The places in a block as MONAI lists them; its lists differ between dimensions and versions.
        let places = rank == 2 ? [0, 2, 1, 3] : mergesInOrder ? Array(0..<8) : [0, 4, 2, 1, 6, 5, 3, 7]
        var tokens = try builder.viewed(moved, [0] + size.map { $0 / 2 } + [parts, width], "\(path).places")
        if places != Array(0..<parts) {
            builder.scope = "\(path).ordered"
            tokens = try builder.result(Gather(axis: rank + 1), [tokens, builder.integers(places, "places")])
        }
        tokens = try builder.viewed(tokens, [0] + size.map { $0 / 2 } + [wide], "\(path).tokens")
        let normalized = try builder.layerNormalization(tokens, "\(path).norm", wide)
        return try builder.tokenLinear(normalized, "\(path).reduction", from: wide, to: width * 2, hasBias: false)
    }

    /// The table of relative places, which follows from the window.
    func isIgnorable(_ name: String) -> Bool { name.hasSuffix(".relative_position_index") }
}
