import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Preprocessing that's part of a model.
enum PreprocessingRules {
    static let table: [String: LayerRule] = [
        "Rescaling": rescaling, "Normalization": normalization, "Resizing": resizing, "CenterCrop": centerCrop,
        "RandomCrop": randomCrop, "Discretization": CategoryRules.discretization, "CategoryEncoding": CategoryRules.encoding,
    ]

    /// Numbers of a configuration as a constant of the type of `x`.
    private static func constant(
        _ name: String, _ fallback: Double, _ call: LayerCall, _ builder: KerasBuilder, like x: ValueID
    ) throws(OsteonError) -> ValueID {
        let (values, shape) = try call.configuration.numbers(name) ?? ([fallback], [])
        return builder.constant(try Tensor(values, shape: shape).converted(to: builder.graph.type(x).elementType), name)
    }

    private static func rescaling(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let scaled = try builder.step("scaled", Multiply(), [x, constant("scale", 1, call, builder, like: x)])
        return [try builder.step("offset", Add(), [scaled, constant("offset", 0, call, builder, like: x)])]
    }

    /// `(x − mean) / max(√variance, 10⁻⁷)`, or `x · √variance + mean` inverted; statistics along some axes.
    private static func normalization(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let rank = try builder.rank(x)
        var axes: [Int] = []
        // An axis of null, unlike one left out, means one mean for all.
        let isScalar = call.configuration.isNull("axis")
        for axis in isScalar ? [] : try call.configuration.optionalInts("axis") ?? [-1] { axes.append(axis < 0 ? axis + rank : axis) }
        guard axes.allSatisfy((1..<rank).contains) else { throw OsteonError(.unsupported, "along the axes \(axes) of rank \(rank)") }
        axes.sort()
        var kept: [Int] = []
        for axis in axes { kept.append(try builder.fixedExtent(x, axis)) }
        let broadcast = (0..<rank).map { axis in axes.firstIndex(of: axis).map { kept[$0] } ?? 1 }
        var statistics: [ValueID] = []
        for name in ["mean", "variance"] {
            var value: ValueID
            if call.configuration.has("mean") {
                value = try constant(name, 0, call, builder, like: x)
                let count = builder.graph.type(value).count
                if count == 1 {
                    value = try builder.reshaped(value, [], "\(name)_shaped")
                } else {
                    value = try builder.reshaped(value, broadcast, "\(name)_shaped")
                }
            } else {
                value = try builder.reshaped(builder.variable(name, of: call, shape: kept, like: x), broadcast, "\(name)_shaped")
            }
            statistics.append(value)
        }
        let root = try builder.step("root", Sqrt(), [statistics[1]])
        let deviation = try builder.step("deviation", Maximum(), [root, builder.scalar(1e-7, like: x, "least")])
        if try call.configuration.bool("invert", default: false) {
            return [try builder.step("offset", Add(), [builder.step("scaled", Multiply(), [x, deviation]), statistics[0]])]
        }
        return [try builder.step("scaled", Divide(), [builder.step("shifted", Subtract(), [x, statistics[0]]), deviation])]
    }

    private static func resizing(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        guard try !call.configuration.bool("pad_to_aspect_ratio", default: false) else {
            throw OsteonError(.unsupported, "pad_to_aspect_ratio")
        }
        let layout = try call.configuration.layout(spatialRank: 2)
        var op = try Resampling.resize(call.configuration.string("interpolation", default: "bilinear"), repeats: false)
        op.axes = [2, 3]
        op.antialias = try call.configuration.bool("antialias", default: false)
        // TensorFlow leaves out what lies beyond the edge.
        if op.antialias { op.excludeOutside = true }
        let sizes = [try call.configuration.positive("height"), try call.configuration.positive("width")]
        var x = try builder.spatialInput(builder.float(call.input(), call), layout)
        if try call.configuration.bool("crop_to_aspect_ratio", default: false) { x = try proportioned(x, sizes, builder) }
        let y = try builder.step("resized", op, [x, nil, nil, builder.integers(sizes, "sizes")])
        return [layout.isChannelsLast ? try builder.channelsLast(y, layout) : y]
    }

    /// The largest part of an image, channels first, in its middle that has the proportions of `sizes`.
    private static func proportioned(_ x: ValueID, _ sizes: [Int], _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        let extents = [try builder.fixedExtent(x, 2), try builder.fixedExtent(x, 3)]
        var starts: [Int] = []
        var ends: [Int] = []
        for (axis, extent) in extents.enumerated() {
            let wanted = try Checked.multiply(extents[1 - axis], sizes[axis]) / sizes[1 - axis]
            let part = max(min(extent, wanted), 1)
            starts.append((extent - part) / 2)
            ends.append((extent - part) / 2 + part)
        }
        if starts == [0, 0], ends == extents { return x }
        return try builder.step(
            "proportioned", Slice(),
            [x, builder.integers(starts, "starts"), builder.integers(ends, "ends"), builder.integers([2, 3], "axes")])
    }

    /// At inference Keras 2 cuts an image to proportions and resizes it; Keras 3 has done different things.
    private static func randomCrop(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        guard builder.dialect.major < 3 else {
            throw OsteonError(.unsupported, "Keras 3, whose versions differ in what it does at inference")
        }
        let layout = try call.configuration.layout(spatialRank: 2)
        let sizes = [try call.configuration.positive("height"), try call.configuration.positive("width")]
        let x = try builder.spatialInput(builder.float(call.input(), call), layout)
        return [try resized(x, sizes, layout, builder)]
    }

    /// An image cut to proportions and resized to `sizes` as `smart_resize` does it.
    private static func resized(
        _ x: ValueID, _ sizes: [Int], _ layout: ChannelLayout, _ builder: KerasBuilder
    ) throws(OsteonError) -> ValueID {
        var op = try Resampling.resize("bilinear", repeats: false)
        op.axes = [2, 3]
        let y = try builder.step("resized", op, [proportioned(x, sizes, builder), nil, nil, builder.integers(sizes, "sizes")])
        return layout.isChannelsLast ? try builder.channelsLast(y, layout) : y
    }

    private static func centerCrop(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let layout = try call.configuration.layout(spatialRank: 2)
        let sizes = [try call.configuration.positive("height"), try call.configuration.positive("width")]
        let x = try builder.spatialInput(builder.float(call.input(), call), layout)
        for (axis, size) in sizes.enumerated() {
            guard let extent = try builder.shape(x)[axis + 2] else {
                throw OsteonError(.unsupported, "images of open size, which are cut or resized to \(sizes) according to theirs")
            }
            if extent < size { return [try resized(x, sizes, layout, builder)] }
        }
        let y = try builder.step("cropped", CenterCropPad(axes: [2, 3]), [x, builder.integers(sizes, "sizes")])
        return [layout.isChannelsLast ? try builder.channelsLast(y, layout) : y]
    }
}
