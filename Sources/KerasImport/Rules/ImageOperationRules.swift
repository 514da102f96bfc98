import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Operations of TensorFlow and `keras.ops` on images, whose channels may be first or last.
enum ImageOperationRules {
    static let table: [String: LayerRule] = [
        "resize": resize,
        "depthtospace": { (call, builder) throws(OsteonError) in
            [try blocks(DepthToSpace(blockSize: blockSize(call)), call, builder)]
        },
        "spacetodepth": { (call, builder) throws(OsteonError) in [try blocks(SpaceToDepth(blockSize: blockSize(call)), call, builder)] },
    ]

    private static func blockSize(_ call: LayerCall) throws(OsteonError) -> Int {
        guard let size = try OperationRules.setting(["block_size"], 1, call)?.integer(), (1..<1024).contains(size) else {
            throw OsteonError(.unsupported, "without a block size")
        }
        return size
    }

    /// Whether channels are last, as images have them unless it's told.
    private static func layout(_ call: LayerCall, _ place: Int) throws(OsteonError) -> ChannelLayout {
        let format = try OperationRules.setting(["data_format"], place, call)?.string() ?? "channels_last"
        switch format {
        case "NHWC", "channels_last": return ChannelLayout(isChannelsLast: true, spatialRank: 2)
        case "NCHW", "channels_first": return ChannelLayout(isChannelsLast: false, spatialRank: 2)
        default: throw OsteonError(.unsupported, "data_format \(format)")
        }
    }

    private static func blocks(_ op: any Operator, _ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        let layout = try layout(call, 2)
        let x = try builder.spatialInput(OperationRules.operand(call, 0, builder), layout)
        let y = try builder.step("blocks", op, [x])
        return layout.isChannelsLast ? try builder.channelsLast(y, layout) : y
    }

    private static func resize(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let function = try call.configuration.string("function", default: "")
        guard !function.contains("compat.v1"), !function.contains("resize_with") else {
            throw OsteonError(.unsupported, "the function \(function)")
        }
        guard let sizes = try OperationRules.integers(OperationRules.setting(["size"], 1, call)), sizes.count == 2,
            sizes.allSatisfy({ $0 > 0 })
        else {
            throw OsteonError(.unsupported, "a size that's computed")
        }
        let layout = try layout(call, 99)
        let method = try OperationRules.setting(["method", "interpolation"], 2, call)?.string() ?? "bilinear"
        var op = try Resampling.resize(method, repeats: false)
        op.axes = [2, 3]
        op.antialias = try (call.json("antialias") ?? call.configuration.value(["antialias"]))?.bool() ?? false
        if op.antialias { op.excludeOutside = true }
        let own = try OperationRules.operand(call, 0, builder)
        let x = try builder.spatialInput(
            op.mode == .nearest || builder.graph.type(own).elementType.isFloat ? own : builder.float(own, call), layout)
        let y = try builder.step("resized", op, [x, nil, nil, builder.integers(sizes, "sizes")])
        return [layout.isChannelsLast ? try builder.channelsLast(y, layout) : y]
    }
}
