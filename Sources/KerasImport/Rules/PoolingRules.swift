import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Pooling over windows and over everything; padding never counts in an average.
enum PoolingRules {
    static let table: [String: LayerRule] = {
        var result: [String: LayerRule] = [:]
        for rank in 1...3 {
            for isMaximum in [true, false] {
                let kind = isMaximum ? "Max" : "Average"
                for name in ["\(kind)Pooling\(rank)D", "\(kind)Pool\(rank)D"] {
                    result[name] = LayerRules.rule(rank) { (call, builder, rank) throws(OsteonError) in
                        try pool(call, builder, rank, isMaximum)
                    }
                }
                for name in ["Global\(kind)Pooling\(rank)D", "Global\(kind)Pool\(rank)D"] {
                    result[name] = LayerRules.rule(rank) { (call, builder, rank) throws(OsteonError) in
                        try whole(call, builder, rank, isMaximum)
                    }
                }
            }
        }
        return result
    }()

    private static func pool(_ call: LayerCall, _ builder: KerasBuilder, _ rank: Int, _ isMaximum: Bool) throws(OsteonError) -> [ValueID] {
        let layout = try call.configuration.layout(spatialRank: rank)
        var window = SpatialWindow()
        window.kernel = try call.configuration.extents(
            "pool_size", "pool_length", rank: rank, default: Array(repeating: 2, count: rank))
        window.strides = try call.configuration.extents("strides", "stride", rank: rank, default: window.kernel)
        try SamePadding.pool(&window, call.configuration.string("padding", "border_mode", default: "valid"), builder.dialect)
        let x = try builder.spatialInput(call.input(), layout)
        let y: ValueID
        if isMaximum {
            y = try builder.step("pool", MaxPool(window: window), [x])
        } else {
            y = try builder.step("pool", AveragePool(window: window), [builder.float(x, call)])
        }
        return [layout.isChannelsLast ? try builder.channelsLast(y, layout) : y]
    }

    private static func whole(_ call: LayerCall, _ builder: KerasBuilder, _ rank: Int, _ isMaximum: Bool) throws(OsteonError) -> [ValueID] {
        let layout = try call.configuration.layout(spatialRank: rank)
        guard call.inputs.count == 1 else { throw OsteonError(.unsupported, "called with several tensors") }
        if rank == 1, !isMaximum, let mask = try builder.flags(call.mask, rank: 2) { return try average(call, mask, layout, builder) }
        let x = try builder.spatialInput(call.input(), layout)
        let op: any Operator = isMaximum ? GlobalMaxPool() : GlobalAveragePool()
        let y = try builder.step("pool", op, [isMaximum ? x : builder.float(x, call)])
        if try call.configuration.bool("keepdims", default: false) {
            return [layout.isChannelsLast ? try builder.channelsLast(y, layout) : y]
        }
        return [try builder.step("flat", Squeeze(), [y, builder.integers(Array(2..<rank + 2), "axes")])]
    }

    /// The mean of the steps that count.
    private static func average(
        _ call: LayerCall, _ mask: ValueID, _ layout: ChannelLayout, _ builder: KerasBuilder
    ) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let axis = layout.isChannelsLast ? 1 : 2
        let keeps = try call.configuration.bool("keepdims", default: false)
        let flags = try builder.step("counts", Unsqueeze(), [mask, builder.integers([layout.isChannelsLast ? 2 : 1], "features_axis")])
        let steps = try builder.integers([axis], "steps_axis")
        let kept = try builder.step("kept", Where(), [flags, x, builder.scalar(0, like: x, "zero")])
        let ones = try builder.step("ones", Cast(elementType: builder.graph.type(x).elementType), [flags])
        let sum = try builder.step("sum", ReduceSum(keepDimensions: keeps), [kept, steps])
        return [try builder.step("mean", Divide(), [sum, builder.step("count", ReduceSum(keepDimensions: keeps), [ones, steps])])]
    }
}
