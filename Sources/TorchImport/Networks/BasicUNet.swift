import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// MONAI's BasicUNet: two convolutions a level, maxima down, five levels (after Falk et al., 2019).
struct BasicUNet: NetworkDefinition {
    static let name = "BasicUNet"

    let rank: Int
    let inputChannels: Int
    private let outputChannels: Int
    private let features: [Int]
    private let style: ConvolutionStyle
    private let mode: UpsampleMode

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let arguments = try NetworkArguments(
            Self.name, members,
            known: ["spatial_dims", "in_channels", "out_channels", "features", "act", "norm", "bias", "dropout", "upsample"],
            renamed: ["dimensions": "spatial_dims"])
        try arguments.ignore("dropout")
        rank = try arguments.integer("spatial_dims", 3, in: 1...3)
        inputChannels = try arguments.integer("in_channels", 1)
        outputChannels = try arguments.integer("out_channels", 2)
        features = try arguments.integers("features", [32, 32, 64, 128, 256, 32], count: 6...6)
        style = ConvolutionStyle(
            activation: try ActivationLayer(arguments["act"] ?? ["LeakyReLU", ["negative_slope": 0.1]], "act", of: Self.name),
            normalization: try NormalizationLayer(arguments["norm"] ?? ["instance", ["affine": true]], "norm", of: Self.name),
            hasBias: try arguments.boolean("bias", true))
        mode = try UpsampleMode(arguments, "upsample", .deconvolution)
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        var levels = [try twoBlocks(x, "conv_0", features[0], builder)]
        for level in 1...4 {
            let pooled = try builder.maximumPool(
                levels[level - 1], "down_\(level).max_pooling", kernel: builder.all(2), strides: builder.all(2))
            levels.append(try twoBlocks(pooled, "down_\(level).convs", features[level], builder))
        }
        var value = levels[4]
        for level in (1...4).reversed() {
            let path = "upcat_\(level)"
            let given = try builder.channels(value)
            let up = try builder.upsampled(value, "\(path).upsample", to: level == 1 ? given : given / 2, mode: mode, alignsCorners: true)
            let skip = levels[level - 1]
            let joined = try builder.concatenated([skip, fitted(up, to: skip, path, builder)], path)
            value = try twoBlocks(joined, "\(path).convs", features[level == 1 ? 5 : level - 1], builder)
        }
        return [try builder.pointwise(value, "final_conv", to: outputChannels, hasBias: true)]
    }

    private func twoBlocks(_ x: ValueID, _ path: String, _ channels: Int, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        var value = x
        for part in 0...1 {
            value = try builder.convolutionBlock(
                value, "\(path).conv_\(part)", to: channels, kernel: builder.all(3), hasBias: style.hasBias, style: style)
        }
        return value
    }

    /// The value with its last places repeated where pooling an odd extent lost one.
    private func fitted(_ x: ValueID, to other: ValueID, _ path: String, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        builder.scope = "\(path).pad"
        let wanted = try builder.step("wanted", ShapeOf(start: 2), [other])
        let given = try builder.step("given", ShapeOf(start: 2), [x])
        let ends = try builder.step("ends", Subtract(), [wanted, given])
        let begins = try builder.integers(builder.all(0), "begins")
        let pads = try builder.step("pads", Concat(axis: 0), [begins, ends])
        let axes = try builder.integers(Array(2..<rank + 2), "axes")
        return try builder.result(Pad(mode: .edge), [x, pads, nil, axes])
    }
}
