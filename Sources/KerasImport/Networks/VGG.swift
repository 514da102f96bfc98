import Bytes

/// VGG of Simonyan and Zisserman (2014), as `keras.applications` has it.
enum VGG {
    static func model(_ name: String, blocks: [Int], _ arguments: inout NetworkArguments) throws(OsteonError) -> JSONValue {
        let options = try ClassifierOptions(&arguments, tops: ["predictions"], size: 224)
        var net = NetworkWriter(name)
        var x = net.addInput(options.shape)
        for (index, count) in blocks.enumerated() {
            let block = "block\(index + 1)"
            let filters = min(64 << index, 512)
            for number in 1...count {
                x = net.convolution("\(block)_conv\(number)", filters, 3, padding: "same", activation: "relu", from: x)
            }
            x = net.add("MaxPooling2D", "\(block)_pool", ["pool_size": 2, "strides": 2], from: x)
        }
        guard options.includesTop else {
            let end = options.withoutTop(&net, from: x)
            return net.model(output: end)
        }
        x = net.add("Flatten", "flatten", from: x)
        for layer in ["fc1", "fc2"] { x = net.dense(layer, 4096, "relu", from: x) }
        let end = net.dense("predictions", options.classes, options.activation, from: x)
        return net.model(output: end)
    }
}
