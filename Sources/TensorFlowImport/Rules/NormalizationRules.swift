import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Batch normalisation, biases and local response normalisation.
enum NormalizationRules {
    static let table: [String: ImportRule] = [
        "FusedBatchNorm": fusedBatchNorm, "FusedBatchNormV2": fusedBatchNorm, "FusedBatchNormV3": fusedBatchNorm,
        "BatchNormWithGlobalNormalization": globalBatchNorm, "BiasAdd": bias, "BiasAddV1": bias, "LRN": localResponse,
    ]

    /// The layout of data whose rank decides the number of spatial axes; nil where the rank isn't known or below 3.
    private static func layout(
        _ node: RuleNode, _ builder: GraphBuilder, _ value: ValueID
    ) throws(OsteonError) -> ChannelLayout? {
        guard let rank = builder.graph.type(value).rank, rank >= 3 else { return nil }
        return try ChannelLayout(node.attributes, spatialRank: rank - 2)
    }

    static func fusedBatchNorm(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        var layout = try ChannelLayout(node.attributes, spatialRank: 2)
        if let known = try Self.layout(node, builder, node.input(0)) {
            layout = known
        } else {
            layout.spatialRank = try node.attributes.string("data_format", default: "NHWC").utf8.count - 2
        }
        let x = try builder.channelsFirst(node.input(0), layout)
        let epsilon = try node.attributes.double("epsilon", default: 1e-4)
        let scale = try node.input(1)
        let offset = try node.input(2)
        if try node.attributes.bool("is_training", default: true) {
            return try BatchStatistics(node, builder, x, layout).outputs()
        }
        let mean = try node.input(3)
        let variance = try node.input(4)
        let y = try builder.spatial(BatchNormalization(epsilon: epsilon), [x, scale, offset, mean, variance], layout)
        return [y, mean, variance, mean, variance]
    }

    /// A vector over channels, shaped to meet channels-first data.
    static func channelVector(
        _ builder: GraphBuilder, _ vector: ValueID, _ part: String, _ layout: ChannelLayout
    ) throws(OsteonError) -> ValueID {
        let count = builder.graph.type(vector).count ?? -1
        return try builder.reshaped(vector, [count] + Array(repeating: 1, count: layout.spatialRank), part)
    }

    /// The first batch normalisation of TensorFlow: of images, channels last, gamma only where asked for.
    private static func globalBatchNorm(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let layout = try ChannelLayout(NodeAttributes([:]), spatialRank: 2)
        let beta = try node.input(3)
        let op = BatchNormalization(epsilon: try node.attributes.double("variance_epsilon", default: 1e-3))
        var gamma = try node.input(4)
        if try !node.attributes.bool("scale_after_normalization", default: true) {
            gamma = try builder.step("ones", Expand(), [builder.scalar(1, like: beta, "one"), builder.step("channels", ShapeOf(), [beta])])
        }
        let x = try builder.channelsFirst(node.input(0), layout)
        return [try builder.spatial(op, [x, gamma, beta, node.input(1), node.input(2)], layout)]
    }

    /// Adds a vector along the channels.
    static func bias(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let value = try node.input(0)
        let bias = try node.input(1)
        guard let layout = try layout(node, builder, value) else {
            // Of rank 2 the channels are last either way.
            let format = try node.attributes.string("data_format", default: "NHWC")
            guard builder.graph.type(value).rank != nil || !format.hasPrefix("NC") else {
                throw OsteonError(
                    .unsupported,
                    "channels first with a rank that isn't known (`\(Parameter.input) NAME:SHAPE` gives the shape of an input)")
            }
            return [try builder.result(Add(), [value, bias])]
        }
        let x = try builder.channelsFirst(value, layout)
        return [try builder.spatial(Add(), [x, channelVector(builder, bias, "bias", layout)], layout)]
    }

    private static func localResponse(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let radius = try node.attributes.int("depth_radius", default: 5)
        guard radius >= 0, radius < 1 << 20 else { throw OsteonError(.malformed, "depth_radius is \(radius).") }
        let size = 2 * radius + 1
        // TensorFlow's alpha applies to the sum, the operator's to the mean.
        let op = LocalResponseNormalization(
            size: size, alpha: try node.attributes.double("alpha", default: 1) * Double(size),
            beta: try node.attributes.double("beta", default: 0.5), bias: try node.attributes.double("bias", default: 1))
        let layout = try ChannelLayout(NodeAttributes([:]), spatialRank: 2)
        return [try builder.spatial(op, [builder.channelsFirst(node.input(0), layout)], layout)]
    }
}
