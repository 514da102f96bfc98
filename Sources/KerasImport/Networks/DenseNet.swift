import Bytes

/// DenseNet of Huang et al. (2016), as `keras.applications` has it. Older files call the first layer `conv1/conv` and the last
/// `fc1000`, newer ones `conv1_conv` and `predictions`.
enum DenseNet {
    static func model(_ name: String, blocks: [Int], _ arguments: inout NetworkArguments) throws(OsteonError) -> JSONValue {
        let options = try ClassifierOptions(&arguments, tops: ["fc1000", "predictions"], size: 224)
        let growth = 32
        let separator = arguments.layers.contains("conv1_conv") ? "_" : "/"
        var net = NetworkWriter(name)
        var x = net.padding(3, 3, from: net.addInput(options.shape))
        x = net.convolution("conv1\(separator)conv", 64, 7, strides: 2, bias: false, from: x)
        x = net.normalization("conv1\(separator)bn", epsilon: 1.001e-5, from: x)
        x = net.activation("conv1\(separator)relu", "relu", from: x)
        x = net.padding(1, 1, from: x)
        x = net.add("MaxPooling2D", "pool1", ["pool_size": 3, "strides": 2], from: x)
        var channels = 64
        for (index, count) in blocks.enumerated() {
            for number in 1...count {
                let prefix = "conv\(index + 2)_block\(number)"
                var y = net.normalization("\(prefix)_0_bn", epsilon: 1.001e-5, from: x)
                y = net.activation("\(prefix)_0_relu", "relu", from: y)
                y = net.convolution("\(prefix)_1_conv", 4 * growth, 1, bias: false, from: y)
                y = net.normalization("\(prefix)_1_bn", epsilon: 1.001e-5, from: y)
                y = net.activation("\(prefix)_1_relu", "relu", from: y)
                y = net.convolution("\(prefix)_2_conv", growth, 3, padding: "same", bias: false, from: y)
                x = net.add("Concatenate", "\(prefix)_concat", ["axis": net.channelAxis], from: x, y)
                channels += growth
            }
            guard index < blocks.count - 1 else { break }
            let prefix = "pool\(index + 2)"
            channels /= 2
            x = net.normalization("\(prefix)_bn", epsilon: 1.001e-5, from: x)
            x = net.activation("\(prefix)_relu", "relu", from: x)
            x = net.convolution("\(prefix)_conv", channels, 1, bias: false, from: x)
            x = net.add("AveragePooling2D", "\(prefix)_pool", ["pool_size": 2, "strides": 2], from: x)
        }
        x = net.normalization("bn", epsilon: 1.001e-5, from: x)
        x = net.activation("relu", "relu", from: x)
        guard options.includesTop else {
            let end = options.withoutTop(&net, from: x)
            return net.model(output: end)
        }
        x = net.add("GlobalAveragePooling2D", "avg_pool", from: x)
        let top = arguments.layers.contains("fc1000") ? "fc1000" : "predictions"
        let end = net.dense(top, options.classes, options.activation, from: x)
        return net.model(output: end)
    }
}
