import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Convolutions and their transposes.
enum ConvolutionRules {
    static let table: [String: ImportRule] = [
        "Conv2D": { (node, builder) throws(OsteonError) in try convolution(node, builder, 2) },
        "Conv3D": { (node, builder) throws(OsteonError) in try convolution(node, builder, 3) },
        "DepthwiseConv2dNative": depthwise,
        "Conv2DBackpropInput": { (node, builder) throws(OsteonError) in try transposed(node, builder, 2) },
        "Conv3DBackpropInputV2": { (node, builder) throws(OsteonError) in try transposed(node, builder, 3) },
        "DepthwiseConv2dNativeBackpropInput": { (node, builder) throws(OsteonError) in
            try transposed(node, builder, 2, isDepthwise: true)
        },
        "FusedPadConv2D": paddedConvolution,
    ]

    private static func convolution(
        _ node: RuleNode, _ builder: GraphBuilder, _ rank: Int
    ) throws(OsteonError) -> [ValueID] {
        let layout = try ChannelLayout(node.attributes, spatialRank: rank)
        let (op, inputs) = try parts(node, builder, layout)
        return [try builder.spatial(op, inputs, layout)]
    }

    /// The operator and the channels-first inputs of a `Conv2D`, `Conv3D` or `DepthwiseConv2dNative`.
    static func parts(
        _ node: RuleNode, _ builder: GraphBuilder, _ layout: ChannelLayout
    ) throws(OsteonError) -> (Convolution, [ValueID]) {
        let rank = layout.spatialRank
        let x = try builder.channelsFirst(node.input(0), layout)
        // [k…, C/g, M] to [M, C/g, k…].
        let weight = try builder.permuted(node.input(1), [rank + 1, rank] + Array(0..<rank))
        var op = Convolution()
        op.window = try layout.window(node.attributes)
        // A kernel with fewer input channels than the data has is a grouped convolution.
        op.groups = try Convolution.groups(builder.graph.type(x), builder.graph.type(weight)) ?? 0
        return (op, [x, weight])
    }

    private static func depthwise(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let layout = try ChannelLayout(node.attributes, spatialRank: 2)
        let (op, inputs) = try depthwiseParts(node, builder, layout)
        return [try builder.spatial(op, inputs, layout)]
    }

    static func depthwiseParts(
        _ node: RuleNode, _ builder: GraphBuilder, _ layout: ChannelLayout
    ) throws(OsteonError) -> (Convolution, [ValueID]) {
        let x = try builder.channelsFirst(node.input(0), layout)
        let (weight, groups) = try depthwiseWeight(node.input(1), builder)
        var op = Convolution()
        op.window = try layout.window(node.attributes)
        op.groups = groups
        return (op, [x, weight])
    }

    /// A kernel [kh, kw, C, multiplier] as [C·multiplier, 1, kh, kw], and C.
    private static func depthwiseWeight(_ kernel: ValueID, _ builder: GraphBuilder) throws(OsteonError) -> (ValueID, groups: Int) {
        guard let shape = builder.graph.type(kernel).fixedShape, shape.count == 4 else {
            throw OsteonError(.unsupported, "its kernel has no fixed shape")
        }
        let permuted = try builder.permuted(kernel, [2, 3, 0, 1])
        let outputs = try Checked.multiply(shape[2], shape[3])
        return (try builder.reshaped(permuted, [outputs, 1, shape[0], shape[1]], "kernel"), shape[2])
    }

    /// Padding by reflection, then a convolution, in one.
    private static func paddedConvolution(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        var request = node
        request.inputs = [try MovementRules.mirrored(node, builder, "padded"), try node.input(2)]
        return try convolution(request, builder, 2)
    }

    /// `Conv2DBackpropInput` and its like: inputs are the shape to make, the kernel [k…, M/g, C] and the data.
    private static func transposed(
        _ node: RuleNode, _ builder: GraphBuilder, _ rank: Int, isDepthwise: Bool = false
    ) throws(OsteonError) -> [ValueID] {
        let layout = try ChannelLayout(node.attributes, spatialRank: rank)
        let x = try builder.channelsFirst(node.input(2), layout)
        let extents = try OutputExtents(builder, builder.asInt64(node.input(0)), layout)
        var op = TransposedConvolution()
        op.window = try layout.window(node.attributes)
        let diagonal = isDepthwise ? nil : try DiagonalKernel(node.input(1), extents.channels, builder)
        if let diagonal, op.window.autoPadding == .sameUpper, op.window.dilations.isEmpty,
            let axes = diagonal.semilinearAxes(strides: op.window.strides), try extents.doubles(node.input(2), along: axes, layout, builder)
        {
            let upsample = SemilinearUpsample(axes: axes.count == rank ? [] : axes.map { $0 + 2 })
            return [try builder.spatial(upsample, [x], layout)]
        }
        let weight: ValueID
        if isDepthwise {
            (weight, op.groups) = try depthwiseWeight(node.input(1), builder)
        } else if let diagonal, diagonal.channels > 1 {
            // One channel's kernel is diagonal as it is.
            weight = try diagonal.weight(builder)
            op.groups = diagonal.channels
        } else {
            weight = try builder.permuted(node.input(1), [rank + 1, rank] + Array(0..<rank))
            op.groups = groups(extents, builder.graph.type(weight))
        }
        if try node.attributes.string("padding", default: "VALID") == "EXPLICIT" {
            op.outputPadding = try explicitOutputPadding(op, extents.fixed, builder.graph.type(x), builder.graph.type(weight))
            return [try builder.spatial(op, [x, weight], layout)]
        }
        op.padsFromForward = true
        if op.window.autoPadding == .explicit {
            op.window.autoPadding = .valid
        }
        if let fixed = extents.fixed {
            op.outputShape = fixed
            return [try builder.spatial(op, [x, weight], layout)]
        }
        return [try builder.spatial(op, [x, weight, nil, extents.vector(builder)], layout)]
    }

    private static func groups(_ extents: OutputExtents, _ weight: TensorType) -> Int {
        guard let channels = extents.channels, let kernel = weight.shape, kernel.count > 1 else { return 1 }
        guard let each = kernel[1].fixed, each > 0, channels % each == 0 else { return 1 }
        return max(1, channels / each)
    }

    /// What must be added at the end of each axis so that explicit padding gives the extents asked for.
    private static func explicitOutputPadding(
        _ op: TransposedConvolution, _ extents: [Int]?, _ x: TensorType, _ weight: TensorType
    ) throws(OsteonError) -> [Int] {
        guard let extents, let shape = x.fixedShape, let kernel = weight.fixedShape,
            shape.count == extents.count + 2, kernel.count == shape.count
        else {
            throw OsteonError(
                .unsupported,
                "explicit padding with extents that aren't fixed (`\(Parameter.input) NAME:SHAPE` gives the shape of an input)")
        }
        var result: [Int] = []
        for (axis, extent) in extents.enumerated() {
            let stride = op.window.strides.isEmpty ? 1 : op.window.strides[axis]
            let dilation = op.window.dilations.isEmpty ? 1 : op.window.dilations[axis]
            let reach = try Checked.add(Checked.multiply(kernel[axis + 2] - 1, dilation), 1)
            let span = try Checked.add(Checked.multiply(shape[axis + 2] - 1, stride), reach)
            let made = span - op.window.pads[axis] - op.window.pads[axis + extents.count]
            guard extent >= made, extent - made < stride else {
                throw OsteonError(.malformed, "Extent \(extent) can't be made from \(shape[axis + 2]).")
            }
            result.append(extent - made)
        }
        return result
    }
}

/// The shape a transposed convolution is to make: TensorFlow gives it as an input with all axes, or the spatial ones.
private struct OutputExtents {
    /// The spatial extents where all are known.
    var fixed: [Int]?
    var channels: Int?
    private var spatial: [PartialInteger] = []
    private var sizes: ValueID
    private var start: Int
    private var rank: Int

    init(_ builder: GraphBuilder, _ sizes: ValueID, _ layout: ChannelLayout) throws(OsteonError) {
        self.sizes = sizes
        rank = layout.spatialRank
        start = layout.firstSpatialAxis
        guard let parts = try builder.partial(sizes) else { return }
        guard parts.count == rank || parts.count == rank + 2 else {
            throw OsteonError(.malformed, "The shape to make has \(parts.count) entries.")
        }
        if parts.count == rank { start = 0 } else { channels = parts[layout.channelAxis].value }
        spatial = Array(parts[start..<start + rank])
        let known = spatial.compactMap(\.value)
        guard known.count == rank else { return }
        guard known.allSatisfy({ $0 > 0 && $0 < 1 << 31 }) else {
            throw OsteonError(.malformed, "The shape to make has the extents \(known).")
        }
        fixed = known
    }

    /// Whether the extents are those of `x` (in the node's own layout), twice as long along the spatial `axes`.
    func doubles(_ x: ValueID, along axes: [Int], _ layout: ChannelLayout, _ builder: GraphBuilder) throws(OsteonError) -> Bool {
        guard let own = builder.extents(of: x), own.count == rank + 2, spatial.count == rank else { return false }
        return spatial.indices.allSatisfy { axis in
            let extent = own[layout.firstSpatialAxis + axis]
            return spatial[axis] != .unknown && spatial[axis] == .product(of: [extent, .known(axes.contains(axis) ? 2 : 1)])
        }
    }

    /// The spatial extents as a vector of the graph.
    func vector(_ builder: GraphBuilder) throws(OsteonError) -> ValueID {
        let begin = try builder.integers([start], "extents_begin")
        let end = try builder.integers([start + rank], "extents_end")
        return try builder.step("extents", Slice(), [sizes, begin, end])
    }
}
