import Bytes
import GraphIR

/// MONAI's DenseNet classifiers (Huang et al., 2017).
struct DenseNet: NetworkDefinition {
    static let name = "DenseNet"

    let rank: Int
    let inputChannels: Int
    private let outputChannels: Int
    private let initial: Int, growth: Int, bottleneck: Int
    private let blocks: [Int]
    private let activation: ActivationLayer, normalization: NormalizationLayer

    private static let depths = [
        "densenet169": [6, 12, 32, 32], "densenet201": [6, 12, 48, 32], "densenet264": [6, 12, 64, 48],
    ]

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let isNumbered = name != "densenet"
        let arguments = try NetworkArguments(
            isNumbered ? "DenseNet" + name.dropFirst(8) : Self.name, members,
            known: [
                "spatial_dims", "in_channels", "out_channels", "init_features", "growth_rate", "block_config", "bn_size", "act", "norm",
                "dropout_prob",
            ]
                + (isNumbered ? ["pretrained", "progress"] : []),
            renamed: ["dimensions": "spatial_dims"])
        try arguments.ignore("dropout_prob", "pretrained", "progress")
        rank = try arguments.integer("spatial_dims", in: 1...3)
        inputChannels = try arguments.integer("in_channels")
        outputChannels = try arguments.integer("out_channels")
        initial = try arguments.integer("init_features", 64)
        growth = try arguments.integer("growth_rate", 32)
        bottleneck = try arguments.integer("bn_size", 4)
        blocks = try arguments.integers("block_config", Self.depths[name] ?? [6, 12, 24, 16], count: 1...12, in: 1...256)
        activation = try ActivationLayer(arguments["act"] ?? "relu", "act", of: arguments.network)
        normalization = try NormalizationLayer(arguments["norm"] ?? "batch", "norm", of: arguments.network)
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        var value = try builder.convolution(
            x, "features.conv0", to: initial, kernel: builder.all(7), strides: builder.all(2), padding: builder.all(3), hasBias: false)
        value = try active(value, "features.norm0", "features.relu0", builder)
        value = try builder.maximumPool(value, "features.pool0", kernel: builder.all(3), strides: builder.all(2), padding: builder.all(1))
        for (index, count) in blocks.enumerated() {
            for layer in 1...count { value = try denseLayer(value, "features.denseblock\(index + 1).denselayer\(layer)", builder) }
            guard index < blocks.count - 1 else { break }
            let path = "features.transition\(index + 1)"
            value = try active(value, "\(path).norm", "\(path).relu", builder)
            value = try builder.pointwise(value, "\(path).conv", to: builder.channels(value) / 2, hasBias: false)
            value = try builder.averagePool(value, "\(path).pool", kernel: builder.all(2), strides: builder.all(2))
        }
        value = try active(value, "features.norm5", "class_layers.relu", builder)
        return [try builder.linear(builder.pooledFeatures(value, "class_layers.pool"), "class_layers.out", to: outputChannels)]
    }

    private func active(_ x: ValueID, _ norm: String, _ act: String, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        try builder.activation(builder.normalization(x, norm, normalization), act, activation)
    }

    private func denseLayer(_ x: ValueID, _ path: String, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        var value = try active(x, "\(path).layers.norm1", "\(path).layers.relu1", builder)
        value = try builder.pointwise(value, "\(path).layers.conv1", to: Checked.multiply(bottleneck, growth), hasBias: false)
        value = try active(value, "\(path).layers.norm2", "\(path).layers.relu2", builder)
        value = try builder.convolution(
            value, "\(path).layers.conv2", to: growth, kernel: builder.all(3), padding: builder.all(1), hasBias: false)
        return try builder.concatenated([x, value], path)
    }
}
