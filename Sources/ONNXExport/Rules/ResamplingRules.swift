import Bytes
import GraphIR
import Operators
import Tensors

/// Resizing, sampling at given places, and regions of interest.
enum ResamplingRules {
    static let table: [ExportEntry] = [
        ExportEntry(Resize.self, resize),
        ExportEntry(SemilinearUpsample.self, semilinear),
        ExportEntry(GridSample.self) { (node, op) throws(OsteonError) in
            if try node.rank(node.input(0)) == 5 { try node.require(opset: 20, for: "GridSample in 3D") }
            let modes: [GridSample.Mode: String] =
                node.opset >= 20
                ? [.linear: "linear", .nearest: "nearest", .cubic: "cubic"] : [.linear: "bilinear", .nearest: "nearest", .cubic: "bicubic"]
            try node.finish(
                "GridSample", node.inputs,
                [.text("mode", modes[op.mode] ?? ""), .text("padding_mode", op.padding.rawValue), .flag("align_corners", op.alignCorners)])
        },
        ExportEntry(AffineGrid.self) { (node, op) throws(OsteonError) in
            try node.finish("AffineGrid", [node.optional(0), try node.int64(1, "size")], [.flag("align_corners", op.alignCorners)])
        },
        ExportEntry(RoiAlign.self) { (node, op) throws(OsteonError) in
            var attributes: [Attribute] = [
                .text("mode", op.mode.rawValue), .int("output_height", op.outputHeight), .int("output_width", op.outputWidth),
                .int("sampling_ratio", op.samplingRatio), .float("spatial_scale", op.spatialScale),
            ]
            if node.opset >= 16 {
                attributes.append(.text("coordinate_transformation_mode", op.coordinateTransformation.rawValue))
            } else if op.coordinateTransformation != .outputHalfPixel {
                throw OperatorVersions.missing("RoiAlign with half pixels", from: 16, node.opset)
            }
            try node.finish("RoiAlign", [node.optional(0), node.optional(1), try node.int64(2, "batch_indices")], attributes)
        },
        ExportEntry(NonMaxSuppression.self) { (node, op) throws(OsteonError) in
            try node.finish("NonMaxSuppression", node.inputs, [.int("center_point_box", op.centerPointBox)])
        },
    ]

    private static func resize(_ node: ExportNode, _ op: Resize) throws(OsteonError) {
        if op.arithmetic == .tensorflow, try TensorFlowResize(node, op).write() { return }
        if op.mode == .nearest, op.nearestMode == .simple { return try simple(node, op) }
        let x = try node.input(0)
        var roi = node.optional(1)
        var scales = node.optional(2)
        var sizes = try node.int64(3, "sizes")
        // Where both are there, an empty list stands for the one that doesn't count.
        if sizes?.type.shape == [0] { sizes = nil }
        if sizes != nil || scales?.type.shape == [0] { scales = nil }
        if let given = scales, given.elementType != .f32 { scales = try node.cast(given, to: .f32, "scales") }
        var transformation = op.coordinateTransformation
        var nearest = op.nearestMode
        if transformation == .tfHalfPixelForNearest {
            // floor((i + ½) / s) is floor(p + ½) of the half-pixel place p.
            guard op.mode == .nearest, nearest == .floor else {
                throw OsteonError(
                    .unsupported, "ONNX has dropped the transformation tf_half_pixel_for_nn; it's written for the nearest place below only."
                )
            }
            (transformation, nearest) = (.halfPixel, .roundPreferCeil)
        }
        if transformation == .halfPixelSymmetric { try node.require(opset: 19, for: "Resize with half_pixel_symmetric") }
        if transformation != .tfCropAndResize { roi = nil }
        var attributes = try attributes(node, op, transformation, nearest, hasSizes: sizes != nil)
        if !op.axes.isEmpty {
            if node.opset >= 18 {
                attributes.append(.ints("axes", op.axes))
            } else {
                (roi, scales, sizes) = try wholeRank(node, op, x, roi, scales, sizes)
            }
        }
        // Runtimes resize the axes behind batch and channels: where the channels are last, they're moved for it.
        guard op.axes.isEmpty || node.opset < 18, let order = try channelsForward(x, scales), roi == nil, sizes == nil else {
            return try node.finish("Resize", [x, roi, scales, sizes], attributes)
        }
        let numbers = try scales?.constant?.doubles() ?? []
        let moved = try node.emit("Transpose", [x], [.ints("perm", order)], role: "channels_first")
        let reordered = node.constant(try Tensor(order.map { Float(numbers[$0]) }), "scales")
        let resized = try node.emit("Resize", [moved, nil, reordered], attributes, role: "resized")
        let back = order.indices.map { axis in order.firstIndex(of: axis) ?? axis }
        try node.finish("Transpose", [resized], [.ints("perm", back)])
    }

    private static func attributes(
        _ node: ExportNode, _ op: Resize, _ transformation: Resize.CoordinateTransformation, _ nearest: Resize.NearestMode, hasSizes: Bool
    ) throws(OsteonError) -> [Attribute] {
        var result: [Attribute] = [.text("mode", op.mode.rawValue), .text("coordinate_transformation_mode", transformation.rawValue)]
        if op.mode == .nearest { result.append(.text("nearest_mode", nearest.rawValue)) }
        if op.mode == .cubic { result.append(.float("cubic_coeff_a", op.cubicCoefficient)) }
        if op.excludeOutside { result.append(.flag("exclude_outside", true)) }
        if transformation == .tfCropAndResize { result.append(.float("extrapolation_value", op.extrapolationValue)) }
        if op.antialias {
            try node.require(opset: 18, for: "Resize with antialias")
            result.append(.flag("antialias", true))
        }
        if op.keepAspectRatio != .stretch, hasSizes {
            try node.require(opset: 18, for: "Resize that keeps the aspect ratio")
            result.append(.text("keep_aspect_ratio_policy", op.keepAspectRatio.rawValue))
        }
        return result
    }

    /// What shrinks takes the place above, what grows the one below.
    private static func simple(_ node: ExportNode, _ op: Resize) throws(OsteonError) {
        guard let scales = try node.optional(2)?.constant?.doubles(), node.optional(3) == nil else {
            throw OsteonError(
                .unsupported, "It resizes as ONNX's operator set 10 did, by scales that are computed; newer sets can't say that.")
        }
        var floor = op
        var ceil = op
        (floor.nearestMode, ceil.nearestMode) = (.floor, .ceil)
        if scales.allSatisfy({ $0 >= 1 }) { return try node.finish(floor, node.inputs) }
        let growing = node.constant(try Tensor(scales.map { Float(max($0, 1)) }), "growing")
        let shrinking = node.constant(try Tensor(scales.map { Float(min($0, 1)) }), "shrinking")
        let type = TensorType(try node.input(0).elementType, try [Dimension](repeating: .unknown, count: node.rank(node.input(0))))
        let grown = try node.apply(floor, [node.input(0), nil, growing], role: "grown", result: type)
        try node.finish(ceil, [grown, nil, shrinking])
    }

    /// The order of axes that brings the last one behind the batch, where that isn't resized and the second is; nil for others.
    private static func channelsForward(_ x: Operand, _ scales: Operand?) throws(OsteonError) -> [Int]? {
        guard let numbers = try scales?.constant?.doubles(), numbers.count >= 4, numbers[0] == 1, numbers[1] != 1,
            numbers[numbers.count - 1] == 1
        else { return nil }
        return [0, numbers.count - 1] + Array(1..<numbers.count - 1)
    }

    /// What's given for some axes, as given for all.
    private static func wholeRank(
        _ node: ExportNode, _ op: Resize, _ x: Operand, _ roi: Operand?, _ scales: Operand?, _ sizes: Operand?
    ) throws(OsteonError) -> (Operand?, Operand?, Operand?) {
        guard roi == nil else { throw OperatorVersions.missing("Resize of a region along some axes", from: 18, node.opset) }
        let rank = try node.rank(x)
        let axes = op.axes.map { $0 < 0 ? $0 + rank : $0 }
        if let sizes {
            let extents = try node.shape(of: x)
            let places = try node.constant(axes, "axes")
            return (
                nil, nil,
                try node.emit(
                    "ScatterElements", [extents, places, sizes], [.int("axis", 0)], role: "sizes", result: TensorType(.i64, [.fixed(rank)]))
            )
        }
        guard let given = try scales?.constant?.doubles() else {
            throw OperatorVersions.missing("Resize by computed scales along some axes", from: 18, node.opset)
        }
        var all = [Float](repeating: 1, count: rank)
        for (axis, scale) in zip(axes, given) where all.indices.contains(axis) { all[axis] = Float(scale) }
        return (nil, node.constant(try Tensor(all), "scales"), nil)
    }

    /// A transposed convolution, channel by channel, with the constant kernel that the operator stands for.
    private static func semilinear(_ node: ExportNode, _ op: SemilinearUpsample) throws(OsteonError) {
        let x = try node.input(0)
        let rank = try node.rank(x)
        guard let channels = x.type.shape?[1].fixed else {
            throw OsteonError(.unsupported, "The number of channels isn't known; give it with \(Parameter.shape).")
        }
        guard channels > 0 else {
            guard let shape = try node.outputType().fixedShape else {
                throw OsteonError(.unsupported, "It has no channels, and open extents.")
            }
            return try node.finish(
                "ConstantOfShape", [try node.constant(shape, "shape")], [.tensor("value", try Tensor(zeros: x.elementType, [1]))])
        }
        let doubled = try op.resolvedAxes(rank: rank)
        var kernel: [Double] = [1]
        var extents: [Int] = []
        for axis in 2..<rank {
            let line = doubled.contains(axis) ? [0.5, 1, 0.5] : [1]
            kernel = kernel.flatMap { outer in line.map { outer * $0 } }
            extents.append(line.count)
        }
        try MemoryBudget.current.check(Checked.multiply(channels, kernel.count), of: 2 * MemoryLayout<Double>.stride)
        let weights = try Tensor([[Double]](repeating: kernel, count: channels).flatMap { $0 }, shape: [channels, 1] + extents)
        let strides = extents.map { $0 == 3 ? 2 : 1 }
        let begins = [Int](repeating: 0, count: extents.count)
        let ends = extents.map { $0 == 3 ? 1 : 0 }
        try node.finish(
            "ConvTranspose", [x, node.constant(try weights.converted(to: x.elementType), "kernel")],
            [.ints("kernel_shape", extents), .int("group", channels), .ints("strides", strides), .ints("pads", begins + ends)])
    }
}
