import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Pooling; padding never counts in an average.
enum PoolingRules {
    static let table: [String: ImportRule] = [
        "MaxPool": { (node, builder) throws(OsteonError) in try pool(node, builder, 2, isMaximum: true) },
        "MaxPoolV2": { (node, builder) throws(OsteonError) in try pool(node, builder, 2, isMaximum: true) },
        "MaxPool3D": { (node, builder) throws(OsteonError) in try pool(node, builder, 3, isMaximum: true) },
        "AvgPool": { (node, builder) throws(OsteonError) in try pool(node, builder, 2, isMaximum: false) },
        "AvgPool3D": { (node, builder) throws(OsteonError) in try pool(node, builder, 3, isMaximum: false) },
    ]

    private static func pool(
        _ node: RuleNode, _ builder: GraphBuilder, _ rank: Int, isMaximum: Bool
    ) throws(OsteonError) -> [ValueID] {
        let layout = try ChannelLayout(node.attributes, spatialRank: rank)
        var window = try layout.window(node.attributes)
        if node.operation == "MaxPoolV2" {
            window.kernel = try layout.spatial(builder.constantIntegers(node.input(1), "window"), "ksize")
            window.strides = try layout.steps(builder.constantIntegers(node.input(2), "stride"), "strides")
        } else {
            window.kernel = try layout.spatial(node.attributes.ints("ksize"), "ksize")
        }
        let x = try builder.channelsFirst(node.input(0), layout)
        guard isMaximum else {
            var op = AveragePool()
            op.window = window
            return [try builder.spatial(op, [x], layout)]
        }
        var op = MaxPool()
        op.window = window
        return [try builder.spatial(op, [x], layout)]
    }
}
