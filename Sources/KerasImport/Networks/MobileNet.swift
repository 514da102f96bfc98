import Bytes

/// MobileNet of Howard et al. (2017), as `keras.applications` has it.
enum MobileNet {
    static func model(_ arguments: inout NetworkArguments) throws(OsteonError) -> JSONValue {
        let options = try ClassifierOptions(&arguments, tops: ["conv_preds"], size: 224)
        let alpha = try arguments.number("alpha", 1)
        let multiplier = try arguments.integer("depth_multiplier", 1, 1...64)
        guard alpha > 0, alpha <= 8 else { throw OsteonError(.usage, "The argument alpha of mobilenet can't be \(alpha).") }
        let scaled = { (filters: Int) in max(1, Int(Double(filters) * alpha)) }
        var net = NetworkWriter("mobilenet")
        var x = net.padding(0, 1, "conv1_pad", from: net.addInput(options.shape))
        x = net.convolution("conv1", scaled(32), 3, strides: 2, bias: false, from: x)
        x = normalized("conv1", &net, from: x)
        let blocks =
            [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + Array(repeating: (512, 1), count: 5) + [(1024, 2), (1024, 1)]
        for (index, (filters, stride)) in blocks.enumerated() {
            let number = index + 1
            if stride == 2 { x = net.padding(0, 1, "conv_pad_\(number)", from: x) }
            x = net.add(
                "DepthwiseConv2D", "conv_dw_\(number)",
                [
                    "kernel_size": 3, "strides": .integer(stride), "padding": stride == 1 ? "same" : "valid", "use_bias": false,
                    "depth_multiplier": .integer(multiplier),
                ], from: x)
            x = normalized("conv_dw_\(number)", &net, from: x)
            x = net.convolution("conv_pw_\(number)", scaled(filters), 1, padding: "same", bias: false, from: x)
            x = normalized("conv_pw_\(number)", &net, from: x)
        }
        guard options.includesTop else {
            let end = options.withoutTop(&net, from: x)
            return net.model(output: end)
        }
        x = net.add("GlobalAveragePooling2D", "global_average_pooling2d", ["keepdims": true], from: x)
        x = net.convolution("conv_preds", options.classes, 1, padding: "same", from: x)
        x = net.add("Reshape", "reshape_2", ["target_shape": [.integer(options.classes)]], from: x)
        let end = net.activation("predictions", options.activation, from: x)
        return net.model(output: end)
    }

    private static func normalized(_ name: String, _ net: inout NetworkWriter, from source: String) -> String {
        let x = net.normalization("\(name)_bn", from: source)
        return net.add("ReLU", "\(name)_relu", ["max_value": 6], from: x)
    }
}
