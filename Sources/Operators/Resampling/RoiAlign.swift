import Bytes
import GraphIR
import Tensors

/// Regions of interest pooled to one size, by bilinear samples (Mask R-CNN, He and others 2017; ONNX `RoiAlign`).
///
/// `x` is N C H W, `rois` R × 4 (x1, y1, x2, y2), `batch_indices` the image of each; the result is
/// R C `outputHeight` `outputWidth`.
package struct RoiAlign: Operator {
    package enum CoordinateTransformation: String, AttributeEnum {
        case halfPixel = "half_pixel"
        case outputHalfPixel = "output_half_pixel"
    }

    package enum Mode: String, AttributeEnum {
        case average = "avg"
        case maximum = "max"
    }

    package var coordinateTransformation = CoordinateTransformation.halfPixel
    package var mode = Mode.average
    package var outputHeight = 1
    package var outputWidth = 1
    /// Samples along each axis of an output place; 0 for as many as the place is input places long.
    package var samplingRatio = 0
    /// Input places for a unit of `rois`.
    package var spatialScale = 1.0

    package init() {}
    package init(
        coordinateTransformation: CoordinateTransformation = .halfPixel, mode: Mode = .average, outputHeight: Int = 1,
        outputWidth: Int = 1, samplingRatio: Int = 0, spatialScale: Double = 1
    ) {
        self.coordinateTransformation = coordinateTransformation
        self.mode = mode
        self.outputHeight = outputHeight
        self.outputWidth = outputWidth
        self.samplingRatio = samplingRatio
        self.spatialScale = spatialScale
    }

    package static var signature: Signature {
        Signature([.required("x"), .required("rois"), .required("batch_indices")])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("coordinate_transformation", &coordinateTransformation)
        try visitor.visit("mode", &mode)
        try visitor.visit("output_height", &outputHeight)
        try visitor.visit("output_width", &outputWidth)
        try visitor.visit("sampling_ratio", &samplingRatio)
        try visitor.visit("spatial_scale", &spatialScale)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.floatInput()
        let rois = try context.input(1)
        let images = try context.input(2)
        try context.requireOneType([0, 1])
        try context.requireIntegers(2, "batch_indices")
        guard x.rank ?? 4 == 4, rois.rank ?? 2 == 2, images.rank ?? 1 == 1 else {
            throw invalidGraph("Needs an input of rank 4, regions of rank 2 and a list, not \(x), \(rois) and \(images).")
        }
        guard outputHeight > 0, outputWidth > 0, samplingRatio >= 0 else {
            throw invalidGraph("Can't pool to \(outputHeight) × \(outputWidth) with \(samplingRatio) samples.")
        }
        if let columns = rois.shape?[1].fixed, columns != 4 {
            throw invalidGraph("A region has 4 numbers, not \(columns).")
        }
        let count = try Dimension.unified(rois.shape?[0] ?? .unknown, images.shape?[0] ?? .unknown)
        return [TensorType(x.elementType, [count, x.shape?[1] ?? .unknown, .fixed(outputHeight), .fixed(outputWidth)])]
    }
}
