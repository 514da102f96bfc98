import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// `FusedBatchNorm` in training mode: normalises by the batch's own mean and variance, over all axes but the channels, and
/// gives both out for the moving averages.
struct BatchStatistics {
    private let node: RuleNode
    private let builder: GraphBuilder
    /// The data, channels first, of the type statistics have: `f32` for half data too.
    private let x: ValueID
    private let source: ValueID
    private let layout: ChannelLayout

    /// - Parameter x: the data, channels first.
    init(_ node: RuleNode, _ builder: GraphBuilder, _ x: ValueID, _ layout: ChannelLayout) throws(OsteonError) {
        self.node = node
        self.builder = builder
        self.layout = layout
        source = x
        self.x = try builder.converted(x, to: builder.graph.type(node.input(1)).elementType)
    }

    /// What's normalised, the mean and variance for the averages, and those of the batch itself.
    func outputs() throws(OsteonError) -> [ValueID] {
        let axes = try builder.integers([0] + Array(2..<layout.spatialRank + 2), "axes")
        let mean = try builder.step("mean", ReduceMean(), [x, axes])
        let difference = try builder.step("difference", Subtract(), [x, mean])
        let square = try builder.step("square", Multiply(), [difference, difference])
        let variance = try builder.step("variance", ReduceMean(), [square, axes])
        let epsilon = try builder.scalar(node.attributes.double("epsilon", default: 1e-4), like: x, "epsilon")
        let deviation = try builder.step("deviation", Sqrt(), [builder.step("shifted", Add(), [variance, epsilon])])
        let normal = try builder.step("normal", Divide(), [difference, deviation])
        let scale = try NormalizationRules.channelVector(builder, node.input(1), "scale", layout)
        let offset = try NormalizationRules.channelVector(builder, node.input(2), "offset", layout)
        let scaled = try builder.step("scaled", Multiply(), [normal, scale])
        let type = builder.graph.type(source).elementType
        let y = try builder.converted(builder.step("channels_first", Add(), [scaled, offset]), to: type)
        let result = layout.isChannelsLast ? try builder.channelsLast(y, layout) : try builder.result(Identity(), [y])
        let flat = try builder.integers([-1], "vector")
        let means = try builder.step("mean_vector", Reshape(), [mean, flat])
        let variances = try builder.step("variance_vector", Reshape(), [variance, flat])
        let unbiased = try builder.step("unbiased", Multiply(), [variances, correction()])
        return [result, try averaged(means, 3, "mean"), try averaged(unbiased, 4, "variance"), means, variances]
    }

    /// Bessel's: n / (n − 1) for n elements a channel, 1 for a single one.
    private func correction() throws(OsteonError) -> ValueID {
        let type = builder.graph.type(x).elementType
        let one = try builder.constant(Tensor(scalar: Int64(1)), "one")
        let all = try builder.step("size", Size(), [x])
        let channels = try builder.step("channels", Size(), [node.input(1)])
        let count = try builder.step("count", Divide(), [all, builder.step("divisor", Maximum(), [channels, one])])
        let less = try builder.step("less", Maximum(), [builder.step("fewer", Subtract(), [count, one]), one])
        return try builder.step("correction", Divide(), [builder.converted(count, to: type), builder.converted(less, to: type)])
    }

    /// The moving average, where the node keeps a share of the old one (input `index`).
    private func averaged(_ value: ValueID, _ index: Int, _ part: String) throws(OsteonError) -> ValueID {
        let share = try node.attributes.double("exponential_avg_factor", default: 1)
        guard share != 1 else { return value }
        let old = try builder.step("old_\(part)", Multiply(), [node.input(index), builder.scalar(1 - share, like: value, "kept_share")])
        let new = try builder.step("new_\(part)", Multiply(), [value, builder.scalar(share, like: value, "new_share")])
        return try builder.step("average_\(part)", Add(), [old, new])
    }
}
