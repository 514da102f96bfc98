import Bytes
import GraphIR
import Operators
import Tensors

/// Resizing, sampling at given places, and regions of interest.
enum ResamplingRules {
    static let table: [String: ImportRule] = [
        "Resize": resize, "Upsample": upsample,
        "GridSample": { (node) throws(OsteonError) in
            var op = GridSample()
            op.mode = try node.choice(
                "mode", node.version < 20 ? "bilinear" : "linear",
                ["bilinear": .linear, "linear": .linear, "nearest": .nearest, "bicubic": .cubic, "cubic": .cubic])
            op.padding = try node.choice("padding_mode", "zeros", ["zeros": .zeros, "border": .border, "reflection": .reflection])
            op.alignCorners = try node.flag("align_corners")
            return try node.finish(op, node.inputs)
        },
        "AffineGrid": { (node) throws(OsteonError) in
            var op = AffineGrid()
            op.alignCorners = try node.flag("align_corners")
            return try node.finish(op, node.inputs)
        },
        "RoiAlign": { (node) throws(OsteonError) in
            var op = RoiAlign()
            op.coordinateTransformation = try node.choice(
                "coordinate_transformation_mode", node.version < 16 ? "output_half_pixel" : "half_pixel",
                ["half_pixel": .halfPixel, "output_half_pixel": .outputHalfPixel])
            op.mode = try node.choice("mode", "avg", ["avg": .average, "max": .maximum])
            op.outputHeight = try node.integer("output_height", 1)
            op.outputWidth = try node.integer("output_width", 1)
            op.samplingRatio = try node.integer("sampling_ratio", 0)
            op.spatialScale = try node.number("spatial_scale", 1)
            return try node.finish(op, node.inputs)
        },
        "NonMaxSuppression": { (node) throws(OsteonError) in
            var op = NonMaxSuppression()
            op.centerPointBox = try node.integer("center_point_box", 0)
            return try node.finish(op, node.inputs)
        },
    ]

    private static let transformations: [String: Resize.CoordinateTransformation] = [
        "half_pixel": .halfPixel, "half_pixel_symmetric": .halfPixelSymmetric, "pytorch_half_pixel": .pytorchHalfPixel,
        "align_corners": .alignCorners, "asymmetric": .asymmetric, "tf_crop_and_resize": .tfCropAndResize,
        "tf_half_pixel_for_nn": .tfHalfPixelForNearest,
    ]
    private static let modes: [String: Resize.Mode] = [
        "nearest": .nearest, "linear": .linear, "bilinear": .linear, "trilinear": .linear, "cubic": .cubic,
    ]

    private static let resize: ImportRule = { (node) throws(OsteonError) in
        var op = Resize()
        op.mode = try node.choice("mode", "nearest", modes)
        let x = try node.input(0)
        guard node.version > 10 else {
            op.coordinateTransformation = .asymmetric
            // Which place is nearest wasn't written down; runtimes agree on the one above where an axis shrinks.
            let scales = try node.constant(1)?.doubles() ?? [0, 2]
            op.nearestMode = scales.allSatisfy { $0 >= 1 } ? .floor : scales.allSatisfy { $0 <= 1 } ? .ceil : .simple
            return try node.finish(op, [x, nil, try node.input(1)])
        }
        op.coordinateTransformation = try node.choice("coordinate_transformation_mode", "half_pixel", transformations)
        op.nearestMode = try node.choice(
            "nearest_mode", "round_prefer_floor",
            ["round_prefer_floor": .roundPreferFloor, "round_prefer_ceil": .roundPreferCeil, "floor": .floor, "ceil": .ceil])
        op.cubicCoefficient = try node.number("cubic_coeff_a", -0.75)
        op.excludeOutside = try node.flag("exclude_outside")
        op.extrapolationValue = try node.number("extrapolation_value", 0)
        op.antialias = try node.flag("antialias")
        op.keepAspectRatio = try node.choice(
            "keep_aspect_ratio_policy", "stretch", ["stretch": .stretch, "not_larger": .notLarger, "not_smaller": .notSmaller])
        op.axes = try node.integers("axes") ?? []
        // Version 11 writes an empty tensor where later ones leave the input out.
        let given = [1, 2, 3].map { isEmpty(node, $0) ? nil : node.optional($0) }
        let usesRegion = op.coordinateTransformation == .tfCropAndResize
        return try node.finish(op, [x, usesRegion ? given[0] : nil, given[1], given[2]])
    }

    /// Scales are an attribute before version 9, an input since; version 1 had one for the height and one for the width.
    private static let upsample: ImportRule = { (node) throws(OsteonError) in
        var op = Resize()
        op.mode = try node.choice("mode", "nearest", modes)
        op.coordinateTransformation = .asymmetric
        op.nearestMode = .floor
        var scales = node.optional(1)
        if let values = try node.numbers("scales") { scales = node.constant(try Tensor(values), "scales") }
        if let height = try node.number("height_scale"), let width = try node.number("width_scale") {
            scales = node.constant(try Tensor([1, 1, Float(height), Float(width)]), "scales")
        }
        guard let scales else { throw OsteonError(.malformed, "It has no scales.") }
        return try node.finish(op, [try node.input(0), nil, scales])
    }

    private static func isEmpty(_ node: NodeContext, _ index: Int) -> Bool {
        guard let value = node.optional(index) else { return true }
        return node.type(value).shape == [0]
    }
}
