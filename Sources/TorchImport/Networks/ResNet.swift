import Bytes
import GraphIR
import ImportSupport
import Operators

/// MONAI's ResNet classifiers (He et al., 2015; 3D weights by Chen et al., Med3D, 2019).
///
/// As in MONAI, `act` and `norm` are those of the stem: the blocks have ReLU and batch normalisation always.
struct ResNet: NetworkDefinition {
    static let name = "ResNet"

    let rank: Int
    let inputChannels: Int
    private let layers: [Int], planes: [Int]
    private let isBottleneck: Bool
    private let stemKernel: [Int], stemStrides: [Int]
    private let hasMaximumPool: Bool, padsShortcuts: Bool, hasShortcutBias: Bool
    /// nil where the features themselves are the output.
    private let classes: Int?
    private let activation: ActivationLayer, normalization: NormalizationLayer

    private static let depths: [String: (isBottleneck: Bool, layers: [Int])] = [
        "resnet10": (false, [1, 1, 1, 1]), "resnet18": (false, [2, 2, 2, 2]), "resnet34": (false, [3, 4, 6, 3]),
        "resnet50": (true, [3, 4, 6, 3]), "resnet101": (true, [3, 4, 23, 3]), "resnet152": (true, [3, 8, 36, 3]),
        "resnet200": (true, [3, 24, 36, 3]),
    ]

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let depth = Self.depths[name]
        let arguments = try NetworkArguments(
            depth == nil ? Self.name : name, members,
            known: (depth == nil ? ["block", "layers", "block_inplanes"] : ["pretrained", "progress"]) + [
                "spatial_dims", "n_input_channels", "conv1_t_size", "conv1_t_stride", "no_max_pool", "shortcut_type", "widen_factor",
                "num_classes", "feed_forward", "bias_downsample", "act", "norm",
            ],
            renamed: ["n_classes": "num_classes"])
        try arguments.ignore("pretrained", "progress")
        rank = try arguments.integer("spatial_dims", 3, in: 1...3)
        inputChannels = try arguments.integer("n_input_channels", 3)
        if let depth {
            (isBottleneck, layers) = depth
        } else {
            guard arguments.has("block") else { throw arguments.error("block", "is needed: basic or bottleneck") }
            isBottleneck = try arguments.text("block", "basic", of: ["basic", "bottleneck"]) == "bottleneck"
            layers = try arguments.integers("layers", count: 4...4, in: 1...256)
        }
        let widen: Double
        switch arguments["widen_factor"] ?? 1 {
        case .number(let factor): widen = factor
        case .integer(let factor): widen = Double(factor)
        default: throw arguments.error("widen_factor", "has to be a number")
        }
        let usual = depth == nil ? try arguments.integers("block_inplanes", count: 4...4) : [64, 128, 256, 512]
        let scaled = usual.map { (Double($0) * widen).rounded(.towardZero) }
        guard scaled.allSatisfy({ $0 >= 1 && $0 <= Double(NetworkArguments.mostChannels) }) else {
            throw arguments.error("widen_factor", "makes \(scaled) channels")
        }
        planes = scaled.map { Int($0) }
        stemKernel = try arguments.extents("conv1_t_size", 7, rank: rank)
        stemStrides = try arguments.extents("conv1_t_stride", 1, rank: rank)
        hasMaximumPool = try !arguments.boolean("no_max_pool", false)
        padsShortcuts = try arguments.text("shortcut_type", "B", of: ["A", "B"]) == "A"
        hasShortcutBias = try arguments.boolean("bias_downsample", true)
        classes = try arguments.boolean("feed_forward", true) ? arguments.integer("num_classes", 400) : nil
        activation = try ActivationLayer(arguments["act"] ?? "relu", "act", of: arguments.network)
        normalization = try NormalizationLayer(arguments["norm"] ?? "batch", "norm", of: arguments.network)
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        var value = try builder.convolution(
            x, "conv1", to: planes[0], kernel: stemKernel, strides: stemStrides, padding: stemKernel.map { $0 / 2 }, hasBias: false)
        value = try builder.activation(builder.normalization(value, "bn1", normalization), "act", activation)
        if hasMaximumPool {
            value = try builder.maximumPool(value, "maxpool", kernel: builder.all(3), strides: builder.all(2), padding: builder.all(1))
        }
        for (index, count) in layers.enumerated() {
            for place in 0..<count {
                let stride = index > 0 && place == 0 ? 2 : 1
                value = try block(value, "layer\(index + 1).\(place)", planes[index], stride, builder)
            }
        }
        let features = try builder.pooledFeatures(value, "avgpool")
        guard let classes else { return [features] }
        return [try builder.linear(features, "fc", to: classes)]
    }

    private func block(_ x: ValueID, _ path: String, _ planes: Int, _ stride: Int, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID
    {
        let produced = isBottleneck ? planes * 4 : planes
        func three(_ x: ValueID, _ part: String, _ stride: Int) throws(OsteonError) -> ValueID {
            try builder.convolution(
                x, "\(path).\(part)", to: planes, kernel: builder.all(3), strides: builder.all(stride), padding: builder.all(1),
                hasBias: false)
        }
        var value: ValueID
        if isBottleneck {
            value = try builder.batchNormalization(builder.pointwise(x, "\(path).conv1", to: planes, hasBias: false), "\(path).bn1")
            value = try builder.activation(value, "\(path).act", .relu)
            value = try builder.batchNormalization(three(value, "conv2", stride), "\(path).bn2")
            value = try builder.activation(value, "\(path).act", .relu)
            value = try builder.batchNormalization(builder.pointwise(value, "\(path).conv3", to: produced, hasBias: false), "\(path).bn3")
        } else {
            value = try builder.batchNormalization(three(x, "conv1", stride), "\(path).bn1")
            value = try builder.activation(value, "\(path).act", .relu)
            value = try builder.batchNormalization(three(value, "conv2", 1), "\(path).bn2")
        }
        value = try builder.sum(value, shortcut(x, path, produced, stride, builder), path)
        return try builder.activation(value, "\(path).act", .relu)
    }

    /// The block's input in the form of its output: convolved (type B), or every `stride`th place and channels of zeros (type A).
    private func shortcut(_ x: ValueID, _ path: String, _ channels: Int, _ stride: Int, _ builder: NetworkBuilder) throws(OsteonError)
        -> ValueID
    {
        let given = try builder.channels(x)
        guard stride != 1 || given != channels else { return x }
        guard padsShortcuts else {
            let y = try builder.pointwise(x, "\(path).downsample.0", to: channels, stride: stride, hasBias: hasShortcutBias)
            return try builder.batchNormalization(y, "\(path).downsample.1")
        }
        let y = try builder.averagePool(x, "\(path).downsample", kernel: builder.all(1), strides: builder.all(stride))
        guard channels > given else { return y }
        builder.scope = "\(path).downsample"
        return try builder.step(
            "padded", Pad(), [y, builder.integers([0, channels - given], "pads"), nil, builder.integers([1], "axis")])
    }
}
