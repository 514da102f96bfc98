import Bytes
import GraphIR
import Tensors

/// Which scale and zero point an element of `x` has: one for all, one an index of an axis, or one a block of `blockSize`
/// along an axis.
struct QuantizationGrid {
    let split: AxisSplit
    /// Steps of the parameter for a block in front of the axis, and for an index along it.
    let outerStep: Int, innerStep: Int, axisStep: Int
    let blockSize: Int

    /// - Throws: `.invalidGraph` where the scale's shape doesn't fit `x`.
    init(_ shape: [Int], scale: [Int], axis: Int, blockSize: Int) throws(OsteonError) {
        let count = RowMajor.count(scale)
        try require(blockSize >= 0, .invalidGraph, "The block size is \(blockSize); it must not be negative.")
        if blockSize == 0, count == 1, scale.count <= 1 {
            split = try AxisSplit([RowMajor.count(shape)], axis: 0)
            (outerStep, axisStep, innerStep, self.blockSize) = (0, 0, 0, 1)
            return
        }
        split = try AxisSplit(shape, axis: axis)
        guard blockSize > 0 else {
            try require(
                scale.count == 1 && count == split.extent, .invalidGraph,
                "A scale of shape \(scale) doesn't fit axis \(axis) of \(shape).")
            (outerStep, axisStep, innerStep, self.blockSize) = (0, 1, 0, 1)
            return
        }
        var expected = shape
        let position = try Axes.resolve(axis, rank: shape.count)
        expected[position] = shape[position] / blockSize + (shape[position] % blockSize == 0 ? 0 : 1)
        try require(
            scale == expected, .invalidGraph,
            "A scale of shape \(scale) doesn't fit blocks of \(blockSize) along axis \(axis) of \(shape).")
        (outerStep, axisStep, innerStep, self.blockSize) = (expected[position] * split.inner, split.inner, 1, blockSize)
    }

    /// Calls `body` for each run of contiguous elements with its first element, length, and the first parameter and
    /// the step from one parameter to the next (0 or 1).
    @inline(__always)
    func forEachRun(_ body: (_ start: Int, _ count: Int, _ parameter: Int, _ step: Int) -> Void) {
        for outer in 0..<split.outer {
            guard axisStep > 0 else {
                body(outer * split.extent * split.inner, split.extent * split.inner, 0, 0)
                continue
            }
            for k in 0..<split.extent {
                let row = (outer * split.extent + k) * split.inner
                body(row, split.inner, outer * outerStep + k / blockSize * axisStep, innerStep)
            }
        }
    }
}

extension Operator {
    /// Checks what a scale and zero point have in common while types are inferred.
    func inferGrid(_ context: InferenceContext, axis: Int, blockSize: Int) throws(OsteonError) {
        let x = try context.input(0)
        let scale = try context.input(1)
        try require(scale.elementType.isFloat, .invalidGraph, "The scale is \(scale); it must be floating-point.")
        try require(blockSize >= 0, .invalidGraph, "The block size is \(blockSize); it must not be negative.")
        if let shape = x.fixedShape, let scaleShape = scale.fixedShape {
            _ = try Checked.product(shape)
            _ = try QuantizationGrid(shape, scale: scaleShape, axis: axis, blockSize: blockSize)
        }
        if let zeroPoint = context.optionalInput(2)?.fixedShape, let scaleShape = scale.fixedShape {
            try require(
                zeroPoint == scaleShape || RowMajor.count(zeroPoint) == 1 && RowMajor.count(scaleShape) == 1, .invalidGraph,
                "The scale has shape \(scaleShape), the zero point \(zeroPoint).")
        }
    }
}
