import Bytes
import GraphIR
import Operators

/// MONAI's VNet: 5-wide convolutions with residual sums (Milletari et al., 2016).
struct VNet: NetworkDefinition {
    static let name = "VNet"

    let rank: Int
    let inputChannels: Int
    private let outputChannels: Int
    private let act: JSONValue
    private let hasBias: Bool

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let arguments = try NetworkArguments(
            Self.name, members,
            known: [
                "spatial_dims", "in_channels", "out_channels", "act", "dropout_prob", "dropout_prob_down", "dropout_prob_up", "dropout_dim",
                "bias",
            ])
        try arguments.ignore("dropout_prob", "dropout_prob_down", "dropout_prob_up", "dropout_dim")
        rank = try arguments.integer("spatial_dims", 3, in: 2...3)
        inputChannels = try arguments.integer("in_channels", 1)
        guard 16 % inputChannels == 0 else { throw arguments.error("in_channels", "has to divide 16") }
        outputChannels = try arguments.integer("out_channels", 1)
        act = arguments["act"] ?? "elu"
        _ = try ActivationLayer(act, "act", of: Self.name)
        hasBias = try arguments.boolean("bias", false)
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        var value = try block(x, "in_tr.conv_block", to: 16, hasBias: hasBias, builder)
        value = try activation(builder.sum(value, repeated(x, builder), "in_tr"), "in_tr.act_function", builder)
        var levels = [value]
        for (width, count) in [(32, 1), (64, 2), (128, 3), (256, 2)] {
            value = try down(value, "down_tr\(width)", to: width, count, builder)
            levels.append(value)
        }
        for (level, (width, produced, count)) in [(256, 256, 2), (128, 128, 2), (64, 64, 1), (32, 32, 1)].enumerated() {
            value = try up(value, levels[3 - level], "up_tr\(width)", to: produced, count, builder)
        }
        value = try block(value, "out_tr.conv_block", to: outputChannels, hasBias: hasBias, builder)
        value = try activation(value, "out_tr.act_function1", builder)
        return [try builder.pointwise(value, "out_tr.conv2", to: outputChannels, hasBias: true)]
    }

    private func down(_ x: ValueID, _ path: String, to channels: Int, _ count: Int, _ builder: NetworkBuilder) throws(OsteonError)
        -> ValueID
    {
        var value = try builder.convolution(
            x, "\(path).down_conv", to: channels, kernel: builder.all(2), strides: builder.all(2), padding: builder.all(0), hasBias: hasBias
        )
        value = try activation(builder.batchNormalization(value, "\(path).bn1"), "\(path).act_function1", builder)
        let inner = try blocks(value, "\(path).ops", count, hasBias: hasBias, builder)
        return try activation(builder.sum(inner, value, path), "\(path).act_function2", builder)
    }

    private func up(
        _ x: ValueID, _ skip: ValueID, _ path: String, to channels: Int, _ count: Int, _ builder: NetworkBuilder
    ) throws(OsteonError) -> ValueID {
        var value = try builder.transposedConvolution(
            x, "\(path).up_conv", to: channels / 2, kernel: builder.all(2), strides: builder.all(2), hasBias: true)
        value = try activation(builder.batchNormalization(value, "\(path).bn1"), "\(path).act_function1", builder)
        value = try builder.concatenated([value, skip], "\(path).cat")
        let inner = try blocks(value, "\(path).ops", count, hasBias: false, builder)
        return try activation(builder.sum(inner, value, path), "\(path).act_function2", builder)
    }

    private func blocks(_ x: ValueID, _ path: String, _ count: Int, hasBias: Bool, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID
    {
        var value = x
        for place in 0..<count {
            value = try block(value, "\(path).\(place).conv_block", to: builder.channels(value), hasBias: hasBias, builder)
            value = try activation(value, "\(path).\(place).act_function", builder)
        }
        return value
    }

    private func block(_ x: ValueID, _ path: String, to channels: Int, hasBias: Bool, _ builder: NetworkBuilder) throws(OsteonError)
        -> ValueID
    {
        let y = try builder.convolution(x, "\(path).conv", to: channels, kernel: builder.all(5), padding: builder.all(2), hasBias: hasBias)
        return try builder.batchNormalization(y, "\(path).adn.N")
    }

    /// A plain "prelu" has a slope a channel, as MONAI's VNet makes it.
    private func activation(_ x: ValueID, _ path: String, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        let layer = act == "prelu" ? .prelu(count: try builder.channels(x)) : try ActivationLayer(act, "act", of: Self.name)
        return try builder.activation(x, path, layer)
    }

    /// The input's channels over and over, 16 in all; one broadcasts by itself.
    private func repeated(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        guard inputChannels > 1 else { return x }
        return try builder.concatenated([ValueID](repeating: x, count: 16 / inputChannels), "in_tr.repeat")
    }
}
