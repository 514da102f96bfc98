import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Pooling that says where its maxima lie, and what goes back there.
///
/// TensorFlow counts elements as they lie in channels-last data, of one image or, with `include_batch_in_index`, of all.
enum UnpoolingRules {
    static let table: [String: ImportRule] = ["MaxPoolWithArgmax": poolWithPlaces, "MaxPoolGrad": unpool]

    private static func pool(_ node: RuleNode, _ layout: ChannelLayout) throws(OsteonError) -> MaxPool {
        var op = MaxPool()
        op.window = try layout.window(node.attributes)
        op.window.kernel = try layout.spatial(node.attributes.ints("ksize"), "ksize")
        return op
    }

    private static func poolWithPlaces(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let layout = ChannelLayout(isChannelsLast: true, spatialRank: 2)
        let format = try node.attributes.string("data_format", default: "NHWC")
        guard format == "NHWC" else { throw OsteonError(.unsupported, "data format \(format)") }
        let x = try builder.channelsFirst(node.input(0), layout)
        let both = try builder.steps("pool", pool(node, layout), [x], count: 2)
        let channels = try f.extent(x, 1)
        let area = try f(Multiply(), f.extent(x, 2), f.extent(x, 3))
        let channel = try f.unsqueezed(f.range(channels), [1, 2])
        var places = try f(Add(), f(Multiply(), f(Modulo(), both[1], area), channels), channel)
        if try node.attributes.bool("include_batch_in_index", default: false) {
            let image = try f(Multiply(), f.range(f.extent(x, 0)), f(Multiply(), area, channels))
            places = try f(Add(), places, f.unsqueezed(image, [1, 2, 3]))
        }
        let y = try builder.channelsLast(both[0], layout)
        let last = try f(Transpose(permutation: layout.toChannelsLast), places)
        return [y, try f.cast(last, node.attributes.type("Targmax") ?? .i64)]
    }

    /// The gradient of a maximum pool, which decoders use to unpool: each value goes where the maximum of its window was, and
    /// those that meet are added.
    private static func unpool(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let layout = try ChannelLayout(node.attributes, spatialRank: 2)
        let x = try builder.channelsFirst(node.input(0), layout)
        let gradient = try builder.channelsFirst(node.input(2), layout)
        let both = try builder.steps("pool", pool(node, layout), [x], count: 2)
        let zeros = try f.filled(f.unsqueezed(f(Size(), x), [0]), f.elementType(gradient))
        let places = try f.unsqueezed(f.reshaped(both[1], [-1]), [1])
        let flat = try f(ScatterND(reduction: .add), zeros, places, f.reshaped(gradient, [-1]))
        let whole = try f(Reshape(allowZero: true), flat, f.shape(x))
        return [layout.isChannelsLast ? try builder.channelsLast(whole, layout) : try f.result(whole)]
    }
}
