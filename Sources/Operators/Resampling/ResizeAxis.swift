/// How one axis is resized: its extents, and where each place of the output lies on the input.
package struct ResizeAxis: Sendable {
    package let axis: Int
    package let input: Int
    package let output: Int
    /// The scale given; nil where the extent was, so that the scale follows from the two.
    package let scale: Double?
    /// The start and end, in parts of the axis, of what `tfCropAndResize` takes.
    var region: (start: Double, end: Double)?

    package init(axis: Int, input: Int, output: Int, scale: Double?) {
        self.axis = axis
        self.input = input
        self.output = output
        self.scale = scale
    }

    /// Output places for an input place.
    var factor: Double { scale ?? Double(output) / Double(max(input, 1)) }

    /// The extent that the scale asks for, of which the output has the whole part. Scales are `f32`, and so is the product:
    /// 0.2 · 5 is 1, though the `f32` next to 0.2 is larger.
    static func length(_ extent: Int, _ scale: Double) -> Double { Double(Float(extent) * Float(scale)) }

    private var length: Double { scale.map { Self.length(input, $0) } ?? Double(output) }

    /// Whether the axis stays as it is.
    package var isIdentity: Bool {
        guard factor == 1, input == output else { return false }
        guard let region else { return true }
        return region.start == 0 && region.end == 1
    }

    /// Where output place `place` lies on the input, in input places; may lie outside.
    func position(of place: Int, _ op: Resize) -> Double {
        if op.arithmetic == .tensorflow { return Double(tensorFlowPosition(of: place, op)) }
        // Which element is nearest hangs on the rounding of runtimes, which compute in f32.
        if op.mode == .nearest { return Double(position(of: Float(place), op.coordinateTransformation)) }
        return position(of: Double(place), op.coordinateTransformation)
    }

    private func position<T: BinaryFloatingPoint>(of x: T, _ transformation: Resize.CoordinateTransformation) -> T {
        let extent = T(input)
        let length = T(length)
        let half = T(0.5)
        let scale = self.scale.map { T($0) } ?? T(output) / T(max(input, 1))
        switch transformation {
        case .halfPixel: return (x + half) / scale - half
        case .tfHalfPixelForNearest: return (x + half) / scale
        case .pytorchHalfPixel: return output > 1 ? (x + half) / scale - half : 0
        case .halfPixelSymmetric:
            let adjustment = T(output) / length
            return extent / 2 * (1 - adjustment) + (x + half) / scale - half
        case .alignCorners: return length == 1 ? 0 : x * (extent - 1) / (length - 1)
        case .asymmetric: return x / scale
        case .tfCropAndResize:
            let region = region ?? (0, 1)
            let start = T(region.start) * (extent - 1)
            let width = (T(region.end) - T(region.start)) * (extent - 1)
            return start + (length == 1 ? width / 2 : x * width / (length - 1))
        }
    }

    /// TensorFlow multiplies by the extents' quotient in `f32`, where ONNX divides by the scale.
    private func tensorFlowPosition(of place: Int, _ op: Resize) -> Float {
        let x = Float(place)
        switch op.coordinateTransformation {
        case .alignCorners where output > 1: return x * (Float(input - 1) / Float(output - 1))
        case .tfHalfPixelForNearest: return (x + 0.5) * (Float(input) / Float(output))
        case .halfPixel, .pytorchHalfPixel, .halfPixelSymmetric: return (x + 0.5) * (Float(input) / Float(output)) - 0.5
        default: return x * (Float(input) / Float(output))
        }
    }
}

/// The input places that make one output place, and their weights.
package struct ResizeTaps: Equatable, Sendable {
    package var places: [Int]
    package var weights: [Double]
    /// Whether the place lies outside the input and takes the extrapolation value.
    package var isOutside = false
}
