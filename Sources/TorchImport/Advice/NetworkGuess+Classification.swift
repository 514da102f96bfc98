import Bytes

/// What the weights of each classifier show of its arguments.
extension NetworkGuess {
    static func denseNet(_ weights: WeightShapes) -> NetworkGuess? {
        guard let stem = weights["features.conv0.weight"], stem.count > 2, let last = weights["class_layers.out.weight"],
            let wide = weights["features.denseblock1.denselayer1.layers.conv1.weight"],
            let narrow = weights["features.denseblock1.denselayer1.layers.conv2.weight"], narrow[0] > 0
        else { return nil }
        let blocks = weights.count(from: 1) { "features.denseblock\($0).denselayer1.layers.conv1.weight" }
        let depths = (1...max(blocks, 1)).map { block in
            weights.count(from: 1) { "features.denseblock\(block).denselayer\($0).layers.conv1.weight" }
        }
        let known = [
            "DenseNet121": [6, 12, 24, 16], "DenseNet169": [6, 12, 32, 32], "DenseNet201": [6, 12, 48, 32], "DenseNet264": [6, 12, 64, 48],
        ]
        let name = known.first { $0.value == depths }?.key
        var arguments: [(String, JSONValue)] = [
            ("spatial_dims", .integer(stem.count - 2)), ("in_channels", .integer(stem[1])), ("out_channels", .integer(last[0])),
        ]
        if stem[0] != 64 { arguments.append(("init_features", .integer(stem[0]))) }
        if narrow[0] != 32 { arguments.append(("growth_rate", .integer(narrow[0]))) }
        if name == nil { arguments.append(("block_config", WeightShapes.list(depths))) }
        // Only the plain one takes another width of the bottlenecks by that name alone.
        if wide[0] / narrow[0] != 4 { arguments.append(("bn_size", .integer(wide[0] / narrow[0]))) }
        let norm = weights.normalization("features.norm0")
        if norm != "batch" { arguments.append(("norm", norm)) }
        return NetworkGuess(name ?? "DenseNet", arguments)
    }

    static func resNet(_ weights: WeightShapes) -> NetworkGuess? {
        guard let stem = weights["conv1.weight"], stem.count > 2 else { return nil }
        let layers = (1...4).map { layer in weights.count { "layer\(layer).\($0).conv1.weight" } }
        let planes = (1...4).compactMap { weights["layer\($0).0.conv1.weight"]?.first }
        let isBottleneck = weights.has("layer1.0.conv3.weight")
        let known: [(String, Bool, [Int])] = [
            ("resnet10", false, [1, 1, 1, 1]), ("resnet18", false, [2, 2, 2, 2]), ("resnet34", false, [3, 4, 6, 3]),
            ("resnet50", true, [3, 4, 6, 3]),
            ("resnet101", true, [3, 4, 23, 3]), ("resnet152", true, [3, 8, 36, 3]), ("resnet200", true, [3, 24, 36, 3]),
        ]
        let name = known.first { $0.1 == isBottleneck && $0.2 == layers && planes == [64, 128, 256, 512] }?.0
        var arguments: [(String, JSONValue)] = []
        if name == nil {
            arguments = [
                ("block", isBottleneck ? "bottleneck" : "basic"), ("layers", WeightShapes.list(layers)),
                ("block_inplanes", WeightShapes.list(planes)),
            ]
        }
        arguments += [("spatial_dims", .integer(stem.count - 2)), ("n_input_channels", .integer(stem[1]))]
        let kernel = WeightShapes.extent(stem.dropFirst(2))
        if kernel != 7 { arguments.append(("conv1_t_size", kernel)) }
        if let classes = weights["fc.weight"]?.first {
            arguments.append(("num_classes", .integer(classes)))
        } else {
            arguments.append(("feed_forward", false))
        }
        if !weights.has("layer2.0.downsample.0.weight") {
            arguments.append(("shortcut_type", "A"))
        } else if !weights.has("layer2.0.downsample.0.bias") {
            arguments.append(("bias_downsample", false))
        }
        return NetworkGuess(name ?? "ResNet", arguments)
    }
}
