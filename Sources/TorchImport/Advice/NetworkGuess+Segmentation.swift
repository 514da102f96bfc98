import Bytes

/// What the weights of each segmentation network show of its arguments.
extension NetworkGuess {
    static func segResNet(_ weights: WeightShapes) -> NetworkGuess? {
        guard let stem = weights["convInit.conv.weight"], stem.count > 3 else { return nil }
        let levels = max(weights.count { "down_layers.\($0 + 1).0.conv.weight" }, 0) + 1
        let down = (0..<levels).map { level in weights.count(from: 1) { "down_layers.\(level).\($0).conv1.conv.weight" } }
        let up = (0..<levels - 1).map { level in weights.count { "up_layers.\(level).\($0).conv1.conv.weight" } }
        var arguments: [(String, JSONValue)] = [
            ("spatial_dims", .integer(stem.count - 2)), ("init_filters", .integer(stem[0])), ("in_channels", .integer(stem[1])),
            ("out_channels", .integer(weights["conv_final.2.conv.weight"]?.first ?? 2)), ("blocks_down", WeightShapes.list(down)),
            ("blocks_up", WeightShapes.list(up)),
        ]
        let norm = weights.normalization("conv_final.0")
        if norm == "batch" || norm == "instance" || stem[0] % 8 != 0 { arguments.append(("norm", norm)) }
        if weights.has("conv_final.1.weight") { arguments.append(("act", "PRELU")) }
        if weights.has("up_samples.0.1.deconv.weight") { arguments.append(("upsample_mode", "deconv")) }
        if weights.has("up_samples.0.1.pixelshuffle.conv_block.weight") { arguments.append(("upsample_mode", "pixelshuffle")) }
        return NetworkGuess(weights.has("vae_fc1.weight") ? "SegResNetVAE" : "SegResNet", arguments)
    }

    static func segResNetDS(_ weights: WeightShapes) -> NetworkGuess? {
        guard let stem = weights["encoder.conv_init.weight"], stem.count > 2 else { return nil }
        let levels = weights.count { "encoder.layers.\($0).downsample.weight" } + 1
        let down = (0..<levels).map { level in weights.count { "encoder.layers.\(level).blocks.\($0).conv1.weight" } }
        let up = (0..<levels - 1).map { level in weights.count { "up_layers.\(level).blocks.\($0).conv1.weight" } }
        var arguments: [(String, JSONValue)] = [
            ("spatial_dims", .integer(stem.count - 2)), ("init_filters", .integer(stem[0])), ("in_channels", .integer(stem[1])),
            ("out_channels", .integer(weights["up_layers.\(max(levels - 2, 0)).head.weight"]?.first ?? 2)),
            ("norm", weights.normalization("encoder.layers.0.blocks.0.norm1")), ("blocks_down", WeightShapes.list(down)),
            ("blocks_up", WeightShapes.list(up)),
        ]
        // Kernels of one place stand for axes that are coarser; how much so gives the number of levels.
        let kernels = (0..<levels).map { weights["encoder.layers.\($0).blocks.0.conv1.weight"].map { Array($0.dropFirst(2)) } ?? [] }
        let leading = (kernels.lastIndex { $0.contains(1) } ?? -1) + 1
        if leading > 0 {
            let sizes = (0..<stem.count - 2).map { axis in kernels.prefix(leading).count { axis < $0.count && $0[axis] == 1 } }
            arguments.append(("resolution", .array(sizes.map { .integer(1 << $0) })))
        }
        if weights.has("up_layers.0.upsample.preconv.weight") { arguments.append(("upsample_mode", "nontrainable")) }
        if weights.has("up_layers.0.upsample.pixelshuffle.conv_block.weight") { arguments.append(("upsample_mode", "pixelshuffle")) }
        return NetworkGuess("SegResNetDS", arguments)
    }

    static func unet(_ weights: WeightShapes) -> NetworkGuess? {
        let isResidual = weights.has("model.0.conv.unit0.conv.weight")
        let inner = isResidual ? ".conv.unit0" : ""
        guard let stem = weights["model.0\(inner).conv.weight"], stem.count > 2 else { return nil }
        var path = "model"
        var channels: [Int] = []
        var strides: [JSONValue] = []
        while let down = weights["\(path).0\(inner).conv.weight"], channels.count < 16 {
            channels.append(down[0])
            // A residual convolution as wide as the others is there for a stride.
            let residual = weights["\(path).0.residual.weight"]
            let isStrided = !isResidual || residual.map { $0.dropFirst(2).elementsEqual(down.dropFirst(2)) } ?? false
            strides.append(.integer(isStrided ? 2 : 1))
            path += ".1.submodule"
        }
        guard let bottom = weights["\(path)\(inner).conv.weight"] else { return nil }
        channels.append(bottom[0])
        let up = weights[isResidual ? "model.2.0.conv.weight" : "model.2.conv.weight"]
        let produced = isResidual ? weights["model.2.1.conv.unit0.conv.weight"]?.first : up?.dropFirst().first
        var arguments: [(String, JSONValue)] = [
            ("spatial_dims", .integer(stem.count - 2)), ("in_channels", .integer(stem[1])), ("out_channels", .integer(produced ?? 1)),
            ("channels", WeightShapes.list(channels)), ("strides", .array(strides)),
        ]
        let kernel = WeightShapes.extent(stem.dropFirst(2))
        let upKernel = WeightShapes.extent((up ?? stem).dropFirst(2))
        if kernel != 3 { arguments.append(("kernel_size", kernel)) }
        if upKernel != 3 { arguments.append(("up_kernel_size", upKernel)) }
        if isResidual { arguments.append(("num_res_units", .integer(weights.count { "model.0.conv.unit\($0).conv.weight" }))) }
        if !weights.has("model.0\(inner).adn.A.weight") { arguments.append(("act", "relu")) }
        let norm = weights.normalization("model.0\(inner).adn.N")
        if norm != "instance" { arguments.append(("norm", norm)) }
        if !weights.has("model.0\(inner).conv.bias") { arguments.append(("bias", false)) }
        return NetworkGuess("UNet", arguments)
    }

    static func basicUNet(_ weights: WeightShapes) -> NetworkGuess? {
        guard let stem = weights["conv_0.conv_0.conv.weight"], stem.count > 2, let last = weights["final_conv.weight"], last.count > 1
        else { return nil }
        let down = (1...4).compactMap { weights["down_\($0).convs.conv_0.conv.weight"]?.first }
        var arguments: [(String, JSONValue)] = [
            ("spatial_dims", .integer(stem.count - 2)), ("in_channels", .integer(stem[1])), ("out_channels", .integer(last[0])),
            ("features", WeightShapes.list([stem[0]] + down + [last[1]])),
        ]
        if weights.has("conv_0.conv_0.adn.A.weight") { arguments.append(("act", "PRELU")) }
        let norm = weights.normalization("conv_0.conv_0.adn.N")
        if norm == "batch" || norm == "instance" { arguments.append(("norm", norm)) }
        if !weights.has("conv_0.conv_0.conv.bias") { arguments.append(("bias", false)) }
        if weights.has("upcat_4.upsample.preconv.weight") { arguments.append(("upsample", "nontrainable")) }
        if weights.has("upcat_4.upsample.deconvgroup.weight") { arguments.append(("upsample", "deconvgroup")) }
        if weights.has("upcat_4.upsample.pixelshuffle.conv_block.weight") { arguments.append(("upsample", "pixelshuffle")) }
        return NetworkGuess("BasicUNet", arguments)
    }

    static func dynUNet(_ weights: WeightShapes) -> NetworkGuess? {
        guard let stem = weights["input_block.conv1.conv.weight"], stem.count > 2, let last = weights["output_block.conv.conv.weight"],
            let bottom = weights["bottleneck.conv1.conv.weight"]
        else { return nil }
        let count = weights.count { "downsamples.\($0).conv1.conv.weight" }
        let blocks = [stem] + (0..<count).compactMap { weights["downsamples.\($0).conv1.conv.weight"] } + [bottom]
        let ups = (0...count).reversed().compactMap { weights["upsamples.\($0).transp_conv.conv.weight"] }.map {
            WeightShapes.extent($0.dropFirst(2))
        }
        var arguments: [(String, JSONValue)] = [
            ("spatial_dims", .integer(stem.count - 2)), ("in_channels", .integer(stem[1])), ("out_channels", .integer(last[0])),
            ("kernel_size", .array(blocks.map { WeightShapes.extent($0.dropFirst(2)) })), ("strides", .array([1] + ups)),
            ("upsample_kernel_size", .array(ups)), ("filters", WeightShapes.list(blocks.map { $0[0] })),
        ]
        let norm = weights.normalization("input_block.norm1")
        if norm == "batch" || norm == "instance" { arguments.append(("norm_name", norm)) }
        if weights.has("bottleneck.conv3.conv.weight") { arguments.append(("res_block", true)) }
        if weights.has("upsamples.0.transp_conv.conv.bias") { arguments.append(("trans_bias", true)) }
        return NetworkGuess("DynUNet", arguments)
    }

    static func attentionUnet(_ weights: WeightShapes) -> NetworkGuess? {
        guard let stem = weights["model.0.conv.0.conv.weight"], stem.count > 2 else { return nil }
        var path = "model.1.submodule"
        var channels = [stem[0]]
        while let down = weights["\(path).0.conv.0.conv.weight"], channels.count < 16 {
            channels.append(down[0])
            path += ".1.submodule"
        }
        guard let bottom = weights["\(path).conv.0.conv.weight"] else { return nil }
        channels.append(bottom[0])
        return NetworkGuess(
            "AttentionUnet",
            [
                ("spatial_dims", .integer(stem.count - 2)), ("in_channels", .integer(stem[1])),
                ("out_channels", .integer(weights["model.2.conv.weight"]?.first ?? 1)), ("channels", WeightShapes.list(channels)),
                ("strides", WeightShapes.list([Int](repeating: 2, count: channels.count - 1))),
                ("kernel_size", WeightShapes.extent(stem.dropFirst(2))),
                ("up_kernel_size", WeightShapes.extent((weights["model.1.upconv.up.conv.weight"] ?? stem).dropFirst(2))),
            ])
    }

    static func vnet(_ weights: WeightShapes) -> NetworkGuess? {
        guard let stem = weights["in_tr.conv_block.conv.weight"], stem.count > 3, let last = weights["out_tr.conv2.weight"] else {
            return nil
        }
        var arguments: [(String, JSONValue)] = [
            ("spatial_dims", .integer(stem.count - 2)), ("in_channels", .integer(stem[1])), ("out_channels", .integer(last[0])),
        ]
        if let slopes = weights["in_tr.act_function.weight"] { arguments.append(("act", slopes == [1] ? "PRELU" : "prelu")) }
        if weights.has("in_tr.conv_block.conv.bias") { arguments.append(("bias", true)) }
        return NetworkGuess("VNet", arguments)
    }

    static func ahnet(_ weights: WeightShapes) -> NetworkGuess? {
        guard let stem = weights["conv1.weight"], stem.count > 3, let last = weights["final.conv.weight"] else { return nil }
        let layers = (1...4).map { layer in weights.count { "layer\(layer).\($0).conv1.weight" } }
        var arguments: [(String, JSONValue)] = [
            ("layers", WeightShapes.list(layers)), ("spatial_dims", .integer(stem.count - 2)), ("in_channels", .integer(stem[1])),
            ("out_channels", .integer(last[0])), ("psp_block_num", .integer(weights.count { "psp.project_modules.\($0).weight" })),
        ]
        if !weights.has("up0.up.weight") { arguments.append(("upsample_mode", stem.count == 5 ? "trilinear" : "bilinear")) }
        return NetworkGuess("AHNet", arguments)
    }
}
