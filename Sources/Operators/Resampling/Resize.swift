import Bytes
import GraphIR
import Tensors

/// Resampling to another grid along any axes, by nearest, linear or cubic interpolation (ONNX `Resize`).
///
/// The new extents come from `sizes`, or from `scales` as `floor(extent · scale)` in `f32`; both are for `axes` where given, else
/// for all. `roi` (for `tfCropAndResize`) holds normalised starts and then ends. An axis of scale 1 is left as it is.
package struct Resize: Operator {
    package enum Mode: String, AttributeEnum { case nearest, linear, cubic }

    /// How a place of the output maps to one of the input.
    package enum CoordinateTransformation: String, AttributeEnum {
        case halfPixel = "half_pixel"
        case halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case asymmetric
        case tfCropAndResize = "tf_crop_and_resize"
        case tfHalfPixelForNearest = "tf_half_pixel_for_nn"
    }

    /// Which neighbour is the nearest.
    package enum NearestMode: String, AttributeEnum {
        case roundPreferFloor = "round_prefer_floor"
        case roundPreferCeil = "round_prefer_ceil"
        case floor, ceil
        /// `ceil` along axes that shrink, `floor` along others: what ONNX's first `Resize` meant (operator set 10).
        case simple
    }

    /// Whose arithmetic decides between neighbours, and how exact weights are.
    package enum Arithmetic: String, AttributeEnum {
        /// Places are divided by the scale; the nearest place is found in `f32`, weights are exact.
        case onnx
        /// Places are multiplied by the quotient of the extents in `f32`; cubic weights are those of a table of 1,024
        /// distances between two places.
        case tensorflow
    }

    /// What `sizes` mean for the aspect ratio.
    package enum AspectRatio: String, AttributeEnum {
        case stretch
        case notLarger = "not_larger"
        case notSmaller = "not_smaller"
    }

    package var mode = Mode.nearest
    package var coordinateTransformation = CoordinateTransformation.halfPixel
    package var nearestMode = NearestMode.roundPreferFloor
    package var cubicCoefficient = -0.75
    /// Whether places outside the input get no weight (and the others more), instead of the edge's value.
    package var excludeOutside = false
    /// What `tfCropAndResize` gives for places outside the input.
    package var extrapolationValue = 0.0
    /// Whether downsampling widens the filter to the scale.
    package var antialias = false
    package var keepAspectRatio = AspectRatio.stretch
    /// The axes that `roi`, `scales` and `sizes` are for; empty for all.
    package var axes: [Int] = []
    package var arithmetic = Arithmetic.onnx

    package init() {}
    package init(
        mode: Mode, coordinateTransformation: CoordinateTransformation = .halfPixel,
        nearestMode: NearestMode = .roundPreferFloor, cubicCoefficient: Double = -0.75, excludeOutside: Bool = false,
        extrapolationValue: Double = 0, antialias: Bool = false, keepAspectRatio: AspectRatio = .stretch, axes: [Int] = [],
        arithmetic: Arithmetic = .onnx
    ) {
        self.mode = mode
        self.coordinateTransformation = coordinateTransformation
        self.nearestMode = nearestMode
        self.cubicCoefficient = cubicCoefficient
        self.excludeOutside = excludeOutside
        self.extrapolationValue = extrapolationValue
        self.antialias = antialias
        self.keepAspectRatio = keepAspectRatio
        self.axes = axes
        self.arithmetic = arithmetic
    }

    package static var signature: Signature {
        Signature([.required("x"), .optional("roi"), .optional("scales"), .optional("sizes")])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("mode", &mode)
        try visitor.visit("coordinate_transformation", &coordinateTransformation)
        try visitor.visit("nearest_mode", &nearestMode)
        try visitor.visit("cubic_coefficient", &cubicCoefficient)
        try visitor.visit("exclude_outside", &excludeOutside)
        try visitor.visit("extrapolation_value", &extrapolationValue)
        try visitor.visit("antialias", &antialias)
        try visitor.visit("keep_aspect_ratio", &keepAspectRatio)
        try visitor.visit("axes", &axes)
        try visitor.visit("arithmetic", &arithmetic)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        let scales = try context.constant(2)?.doubles()
        let sizes = try context.integers(3)
        // Importers may leave an empty list where the other input counts.
        let hasScales = context.has(2) && scales?.isEmpty != true
        let hasSizes = context.has(3) && sizes?.isEmpty != true
        guard hasScales || hasSizes else { throw invalidGraph("Resize needs scales or sizes.") }
        guard let shape = x.shape else { return [TensorType(x.elementType, nil)] }
        let axes = try resolvedAxes(rank: shape.count)
        var result = shape
        if hasSizes, let sizes {
            guard sizes.count == axes.count else { throw invalidGraph("\(sizes.count) sizes for \(axes.count) axes.") }
            for size in sizes where size < 0 { throw invalidGraph("A size can't be \(size).") }
            let extents = axes.map { shape[$0] }
            for (place, axis) in axes.enumerated() {
                result[axis] = .fixed(sizes[place])
                guard keepAspectRatio != .stretch else { continue }
                guard let known = TensorType(.i64, extents).fixedShape else {
                    result[axis] = .unknown
                    continue
                }
                result[axis] = .fixed(try aspectExtents(known, sizes)[place])
            }
        } else if !hasSizes, let scales {
            guard scales.count == axes.count else { throw invalidGraph("\(scales.count) scales for \(axes.count) axes.") }
            for (place, axis) in axes.enumerated() {
                guard scales[place] > 0, scales[place].isFinite else {
                    throw invalidGraph("A scale can't be \(scales[place]).")
                }
                if scales[place] == 1 { continue }
                result[axis] = .unknown
                if let extent = shape[axis].fixed { result[axis] = .fixed(try Self.scaled(extent, scales[place])) }
            }
        } else {
            for axis in axes { result[axis] = .unknown }
        }
        return [TensorType(x.elementType, result)]
    }

    /// The axes resized, in the order of `scales` and `sizes`.
    func resolvedAxes(rank: Int) throws(OsteonError) -> [Int] {
        try Axes.resolve(axes.isEmpty ? Array(0..<rank) : axes, rank: rank)
    }

    private static func scaled(_ extent: Int, _ scale: Double) throws(OsteonError) -> Int {
        try Checked.int(ResizeAxis.length(extent, scale).rounded(.down))
    }

    /// The one scale that keeps the aspect ratio within (or around) `sizes`.
    func aspectScale(_ extents: [Int], _ sizes: [Int]) -> Double {
        let scales = zip(extents, sizes).map { Double($1) / Double(max($0, 1)) }
        return (keepAspectRatio == .notLarger ? scales.min() : scales.max()) ?? 1
    }

    private func aspectExtents(_ extents: [Int], _ sizes: [Int]) throws(OsteonError) -> [Int] {
        let scale = aspectScale(extents, sizes)
        var result: [Int] = []
        // Halves round up, as ONNX defines it here.
        for extent in extents { result.append(try Checked.int((Double(extent) * scale + 0.5).rounded(.down))) }
        return result
    }
}
