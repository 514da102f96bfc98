import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Convolutions, their transposes, and the separable ones; 1D to 3D.
enum ConvolutionRules {
    static let table: [String: LayerRule] = {
        var result: [String: LayerRule] = [:]
        for rank in 1...3 {
            for name in ["Conv\(rank)D", "Convolution\(rank)D", "AtrousConvolution\(rank)D"] {
                result[name] = LayerRules.rule(rank, convolution)
            }
            for name in ["SeparableConv\(rank)D", "SeparableConvolution\(rank)D"] where rank < 3 {
                result[name] = LayerRules.rule(rank, separable)
            }
            result["DepthwiseConv\(rank)D"] = LayerRules.rule(rank, depthwise)
            for name in ["Conv\(rank)DTranspose", "Convolution\(rank)DTranspose", "Deconvolution\(rank)D"] {
                result[name] = LayerRules.rule(rank, transposed)
            }
        }
        return result
    }()

    /// Axes before the last `rank` + 1 are all batch.
    private static func convolution(_ call: LayerCall, _ builder: KerasBuilder, _ rank: Int) throws(OsteonError) -> [ValueID] {
        let input = try builder.float(call.input(), call)
        let extra = try builder.rank(input) - rank - 2
        guard extra > 0 else { return [try convolution(of: input, call, builder, rank)] }
        var shape: [ShapePart] = []
        for axis in 0..<rank + 2 + extra { shape.append(try builder.extent(input, axis)) }
        let joined = try WrapperRules.reshaped(input, [.number(-1)] + shape.suffix(rank + 1), "batches", builder)
        let y = try convolution(of: joined, call, builder, rank)
        var made: [ShapePart] = []
        for axis in 1..<rank + 2 { made.append(try builder.extent(y, axis)) }
        return [try WrapperRules.reshaped(y, shape.prefix(extra + 1) + made, "batches_parted", builder)]
    }

    private static func convolution(
        of input: ValueID, _ call: LayerCall, _ builder: KerasBuilder, _ rank: Int
    ) throws(OsteonError) -> ValueID {
        let layout = try call.configuration.layout(spatialRank: rank)
        let x = try builder.spatialInput(input, layout)
        let channels = try builder.fixedExtent(x, 1)
        let kernel = try kernelExtents(call, rank)
        let filters = try call.configuration.positive("filters", "nb_filter")
        var op = Convolution()
        op.window = try window(call, kernel, builder.dialect)
        op.groups = try call.configuration.int("groups", default: 1)
        guard op.groups >= 1, channels % op.groups == 0 else {
            throw OsteonError(.malformed, "\(channels) channels can't be split into \(op.groups) groups.")
        }
        let weight = try StoredKernel.read(
            "kernel", call, builder, extents: kernel, [channels / op.groups, filters], like: x, isTransposed: false)
        return try finish(op, [x, weight], filters, call, builder, layout)
    }

    /// Adds the bias, the operator and the activation, and gives the result in the layer's own layout.
    private static func finish(
        _ op: any Operator, _ inputs: [ValueID], _ filters: Int, _ call: LayerCall, _ builder: KerasBuilder, _ layout: ChannelLayout
    ) throws(OsteonError) -> ValueID {
        var inputs = inputs
        if try call.configuration.bool("use_bias", "bias", default: true) {
            inputs.append(try builder.variable("bias", of: call, shape: [filters], like: inputs[0]))
        }
        let linear = try builder.step("convolution", op, inputs)
        return try builder.activated(linear, call, layout)
    }

    private static func depthwise(_ call: LayerCall, _ builder: KerasBuilder, _ rank: Int) throws(OsteonError) -> [ValueID] {
        let layout = try call.configuration.layout(spatialRank: rank)
        let x = try builder.spatialInput(builder.float(call.input(), call), layout)
        let (op, weight, filters) = try depthwiseParts(call, builder, x, layout)
        return [try finish(op, [x, weight], filters, call, builder, layout)]
    }

    private static func depthwiseParts(
        _ call: LayerCall, _ builder: KerasBuilder, _ x: ValueID, _ layout: ChannelLayout
    ) throws(OsteonError) -> (op: Convolution, weight: ValueID, filters: Int) {
        let rank = layout.spatialRank
        let channels = try builder.fixedExtent(x, 1)
        let kernel = try kernelExtents(call, rank)
        let multiplier = try call.configuration.int("depth_multiplier", default: 1)
        guard multiplier >= 1 else { throw OsteonError(.malformed, "Its depth_multiplier is \(multiplier).") }
        // [k…, C, multiplier] to [C·multiplier, 1, k…].
        let permuted = try StoredKernel.separable(
            "depthwise_kernel", call, builder, shape: kernel + [channels, multiplier], order: [rank, rank + 1], like: x)
        let filters = try Checked.multiply(channels, multiplier)
        let weight = try builder.reshaped(permuted, [filters, 1] + kernel, "depthwise_kernel")
        var op = Convolution()
        op.window = try window(call, kernel, builder.dialect)
        op.groups = channels
        return (op, weight, filters)
    }

    private static func separable(_ call: LayerCall, _ builder: KerasBuilder, _ rank: Int) throws(OsteonError) -> [ValueID] {
        let layout = try call.configuration.layout(spatialRank: rank)
        let x = try builder.spatialInput(builder.float(call.input(), call), layout)
        let (op, weight, middle) = try depthwiseParts(call, builder, x, layout)
        let deep = try builder.step("depthwise", op, [x, weight])
        let filters = try call.configuration.positive("filters", "nb_filter")
        let pointwise = try StoredKernel.separable(
            "pointwise_kernel", call, builder, shape: Array(repeating: 1, count: rank) + [middle, filters], order: [rank + 1, rank], like: x
        )
        return [try finish(Convolution(), [deep, pointwise], filters, call, builder, layout)]
    }

    // MARK: Windows

    /// The kernel's extents, which Keras 1 told one by one.
    static func kernelExtents(_ call: LayerCall, _ rank: Int) throws(OsteonError) -> [Int] {
        let old = [["filter_length"], ["nb_row", "nb_col"], ["kernel_dim1", "kernel_dim2", "kernel_dim3"]][rank - 1]
        if !call.configuration.has("kernel_size"), old.allSatisfy(call.configuration.has) {
            var result: [Int] = []
            for name in old { result.append(try call.configuration.positive(name)) }
            return result
        }
        return try call.configuration.extents("kernel_size", rank: rank)
    }

    static func window(_ call: LayerCall, _ kernel: [Int], _ dialect: KerasDialect) throws(OsteonError) -> SpatialWindow {
        let rank = kernel.count
        let ones = Array(repeating: 1, count: rank)
        var window = SpatialWindow()
        window.strides = try call.configuration.extents("strides", "subsample", "subsample_length", rank: rank, default: ones)
        window.dilations = try call.configuration.extents("dilation_rate", "atrous_rate", rank: rank, default: ones)
        try SamePadding.convolution(
            &window, call.configuration.string("padding", "border_mode", default: "valid"), kernel: kernel, dialect)
        if window.strides == ones { window.strides = [] }
        if window.dilations == ones { window.dilations = [] }
        return window
    }

    // MARK: Transposed

    private static func transposed(_ call: LayerCall, _ builder: KerasBuilder, _ rank: Int) throws(OsteonError) -> [ValueID] {
        let layout = try call.configuration.layout(spatialRank: rank)
        let x = try builder.spatialInput(builder.float(call.input(), call), layout)
        let channels = try builder.fixedExtent(x, 1)
        let kernel = try kernelExtents(call, rank)
        let filters = try call.configuration.positive("filters", "nb_filter")
        let weight = try StoredKernel.read(
            "kernel", call, builder, extents: kernel, [filters, channels], like: x, isTransposed: true)
        var op = TransposedConvolution()
        op.window = try window(call, kernel, builder.dialect)
        let padding = try call.configuration.string("padding", "border_mode", default: "valid")
        let isTheanoSame = builder.dialect.isTheano && padding == "same"
        if call.layer.className.hasPrefix("Deconvolution"), let shape = try call.configuration.shape("output_shape") {
            // Keras 1 was told the whole output shape.
            let spatial = shape.dropFirst(layout.firstSpatialAxis).prefix(rank).compactMap { $0 }
            guard spatial.count == rank else { throw OsteonError(.malformed, "Its output_shape is incomplete.") }
            if isTheanoSame {
                let window = op.window
                try SamePadding.transposed(&op, kernel: kernel) { (axis) throws(OsteonError) in
                    try spatial[axis] - Checked.multiply(builder.fixedExtent(x, axis + 2), window.stride(axis))
                }
                return [try finish(op, [x, weight], filters, call, builder, layout)]
            }
            op.outputShape = spatial
            op.padsFromForward = true
            if op.window.autoPadding == .explicit { op.window.autoPadding = .valid }
        } else if isTheanoSame {
            let window = op.window
            let added = try call.configuration.optionalInts("output_padding")
            try SamePadding.transposed(&op, kernel: kernel) { (axis) throws(OsteonError) in
                guard let added else { return 0 }
                guard added.count == rank || added.count == 1 else { throw OsteonError(.malformed, "Its output_padding is \(added).") }
                let span = (kernel[axis] - 1) * window.dilation(axis) + 1
                return span - window.stride(axis) - span / 2 * 2 + (added.count == 1 ? added[0] : added[axis])
            }
        } else {
            try setOutput(&op, kernel, call.configuration.optionalInts("output_padding"), rank)
        }
        return [try finish(op, [x, weight], filters, call, builder, layout)]
    }

    /// Sets pads and output padding so that the output is as long as Keras makes it:
    /// `input · stride` (`same`) or `input · stride + max(span − stride, 0)` (`valid`) without output padding, else
    /// `(input − 1) · stride + span − 2 · (span / 2 if same) + padding`, the window lying as in the forward convolution.
    private static func setOutput(
        _ op: inout TransposedConvolution, _ kernel: [Int], _ padding: [Int]?, _ rank: Int
    ) throws(OsteonError) {
        let isSame = op.window.autoPadding == .sameUpper
        if let padding {
            guard padding.count == rank || padding.count == 1, padding.allSatisfy({ $0 >= 0 }) else {
                throw OsteonError(.malformed, "Its output_padding is \(padding).")
            }
        } else if isSame {
            return
        }
        var begins: [Int] = []
        var ends: [Int] = []
        var extra: [Int] = []
        for axis in 0..<rank {
            let stride = op.window.stride(axis)
            let span = try Checked.add(Checked.multiply(kernel[axis] - 1, op.window.dilation(axis)), 1)
            guard let padding else {
                begins.append(0)
                ends.append(0)
                extra.append(max(stride - span, 0))
                continue
            }
            let added = padding.count == 1 ? padding[0] : padding[axis]
            let cut = isSame ? span / 2 * 2 : 0
            let total = max(cut - added, 0)
            begins.append(total / 2)
            ends.append(total - total / 2)
            extra.append(max(added - cut, 0))
        }
        op.window.autoPadding = .explicit
        op.window.pads = begins + ends
        op.outputPadding = extra
    }
}
