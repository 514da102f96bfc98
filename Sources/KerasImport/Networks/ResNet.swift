import Bytes

/// ResNet of He et al. (2015), as `keras.applications` has it: since 2.2.5 (`conv2_block1_1_conv`), and ResNet50 as it was
/// before (`res2a_branch2a`).
enum ResNet {
    static func model(_ name: String, blocks: [Int], _ arguments: inout NetworkArguments) throws(OsteonError) -> JSONValue {
        let options = try ClassifierOptions(&arguments, tops: ["fc1000", "predictions", "probs"], size: 224)
        if arguments.layers.contains("res2a_branch2a") { return try old(name, blocks, options, &arguments) }
        var net = NetworkWriter(name)
        var x = net.addInput(options.shape)
        x = net.padding(3, 3, "conv1_pad", from: x)
        x = net.convolution("conv1_conv", 64, 7, strides: 2, from: x)
        x = net.normalization("conv1_bn", epsilon: 1.001e-5, from: x)
        x = net.activation("conv1_relu", "relu", from: x)
        x = net.padding(1, 1, "pool1_pad", from: x)
        x = net.add("MaxPooling2D", "pool1_pool", ["pool_size": 3, "strides": 2], from: x)
        for (stage, count) in blocks.enumerated() {
            for block in 1...count {
                let prefix = "conv\(stage + 2)_block\(block)"
                let filters = 64 << stage
                let stride = stage > 0 && block == 1 ? 2 : 1
                var shortcut = x
                if block == 1 {
                    shortcut = net.convolution("\(prefix)_0_conv", 4 * filters, 1, strides: stride, from: x)
                    shortcut = net.normalization("\(prefix)_0_bn", epsilon: 1.001e-5, from: shortcut)
                }
                let kernels = [(filters, 1, stride), (filters, 3, 1), (4 * filters, 1, 1)]
                for (index, (width, kernel, stride)) in kernels.enumerated() {
                    x = net.convolution(
                        "\(prefix)_\(index + 1)_conv", width, kernel, strides: stride, padding: kernel == 3 ? "same" : "valid", from: x)
                    x = net.normalization("\(prefix)_\(index + 1)_bn", epsilon: 1.001e-5, from: x)
                    if index < 2 { x = net.activation("\(prefix)_\(index + 1)_relu", "relu", from: x) }
                }
                x = net.add("Add", "\(prefix)_add", from: shortcut, x)
                x = net.activation("\(prefix)_out", "relu", from: x)
            }
        }
        return end(&net, x, options, top: arguments.layers.contains("probs") ? "probs" : "predictions")
    }

    private static func end(_ net: inout NetworkWriter, _ source: String, _ options: ClassifierOptions, top: String) -> JSONValue {
        guard options.includesTop else {
            let end = options.withoutTop(&net, from: source)
            return net.model(output: end)
        }
        let x = net.add("GlobalAveragePooling2D", "avg_pool", from: source)
        let end = net.dense(top, options.classes, options.activation, from: x)
        return net.model(output: end)
    }

    /// Up to Keras 2.2.4. The padding before the first pooling came with 2.2.3; `pool1_pad=false` leaves it out.
    private static func old(
        _ name: String, _ blocks: [Int], _ options: ClassifierOptions, _ arguments: inout NetworkArguments
    ) throws(OsteonError) -> JSONValue {
        var net = NetworkWriter(name)
        var x = net.addInput(options.shape)
        x = net.padding(3, 3, "conv1_pad", from: x)
        x = net.convolution("conv1", 64, 7, strides: 2, from: x)
        x = net.normalization("bn_conv1", from: x)
        x = net.activation(nil, "relu", from: x)
        if try arguments.flag("pool1_pad", true) { x = net.padding(1, 1, "pool1_pad", from: x) }
        x = net.add("MaxPooling2D", nil, ["pool_size": 3, "strides": 2], from: x)
        for (stage, count) in blocks.enumerated() {
            for block in 0..<count {
                let letter = String(UnicodeScalar(UInt8(ascii: "a") + UInt8(block)))
                let place = "\(stage + 2)\(letter)_branch"
                let filters = 64 << stage
                let stride = stage > 0 && block == 0 ? 2 : 1
                let start = x
                let kernels = [("2a", filters, 1, stride), ("2b", filters, 3, 1), ("2c", 4 * filters, 1, 1)]
                for (branch, width, kernel, stride) in kernels {
                    x = net.convolution(
                        "res\(place)\(branch)", width, kernel, strides: stride, padding: kernel == 3 ? "same" : "valid", from: x)
                    x = net.normalization("bn\(place)\(branch)", from: x)
                    if branch != "2c" { x = net.activation(nil, "relu", from: x) }
                }
                var shortcut = start
                if block == 0 {
                    shortcut = net.convolution("res\(place)1", 4 * filters, 1, strides: stride, from: start)
                    shortcut = net.normalization("bn\(place)1", from: shortcut)
                }
                x = net.add("Add", nil, from: x, shortcut)
                x = net.activation(nil, "relu", from: x)
            }
        }
        return end(&net, x, options, top: "fc1000")
    }
}
