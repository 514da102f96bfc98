import Bytes

/// The U-Net of ellisdg's 3DUnetCNN for Keras, in 3D as it was, or in 2D: two convolutions a level, of which the second has
/// twice the filters, and pooling by 2 between levels (after Çiçek et al., 2016).
enum UNet {
    static func model(_ name: String, rank: Int, _ arguments: inout NetworkArguments) throws(OsteonError) -> JSONValue {
        let format = try arguments.text("data_format", "channels_first", among: ["channels_first", "channels_last"])
        let isFirst = format == "channels_first"
        let free = [Int?](repeating: nil, count: rank)
        let shape = try arguments.shape("input_shape", isFirst ? [1] + free : free + [1], rank: rank + 1)
        let depth = try arguments.integer("depth", 4, 1...12)
        let base = try arguments.integer("n_base_filters", 32, 1...4096)
        let labels = try arguments.integer("n_labels", 1, 1...65536)
        let pool = try arguments.integer("pool_size", 2, 1...16)
        let isTransposed = try arguments.flag("deconvolution", false)
        let isBatch = try arguments.flag("batch_normalization", false)
        let isInstance = try arguments.flag("instance_normalization", false)
        let function = try arguments.text("activation_name", "sigmoid")
        var net = NetworkWriter(name, isChannelsFirst: isFirst)

        func block(_ source: String, _ filters: Int) -> String {
            var x = net.convolution(nil, filters, 3, padding: "same", rank: rank, from: source)
            if isBatch {
                x = net.normalization(nil, from: x)
            } else if isInstance {
                x = net.add("InstanceNormalization", nil, ["axis": net.channelAxis], from: x)
            }
            return net.activation(nil, "relu", from: x)
        }

        var x = net.addInput(shape)
        var levels: [String] = []
        for level in 0..<depth {
            x = block(block(x, base << level), base << (level + 1))
            levels.append(x)
            if level < depth - 1 { x = net.add("MaxPooling\(rank)D", nil, ["pool_size": .integer(pool)], from: x) }
        }
        for level in (0..<depth - 1).reversed() {
            if isTransposed {
                let filters = base << (level + 2)
                x = net.add("Conv\(rank)DTranspose", nil, ["filters": .integer(filters), "kernel_size": 2, "strides": 2], from: x)
            } else {
                x = net.add("UpSampling\(rank)D", nil, ["size": .integer(pool)], from: x)
            }
            x = net.add("Concatenate", nil, ["axis": net.channelAxis], from: x, levels[level])
            x = block(block(x, base << (level + 1)), base << (level + 1))
        }
        x = net.convolution(nil, labels, 1, rank: rank, from: x)
        let end = net.activation(nil, function, from: x)
        return net.model(output: end)
    }
}
