import Bytes

/// How one axis is resized: its extents, and where each place of the output lies on the input.
struct ResizeAxis {
    let axis: Int
    let input: Int
    let output: Int
    let scale: Double
    /// The start and end, in parts of the axis, of what `tfCropAndResize` takes.
    var region: (start: Double, end: Double)?

    /// Whether the axis stays as it is.
    var isIdentity: Bool {
        guard scale == 1, input == output else { return false }
        guard let region else { return true }
        return region.start == 0 && region.end == 1
    }

    /// Where output place `place` lies on the input, in input places; may lie outside.
    func position(of place: Int, _ transformation: Resize.CoordinateTransformation) -> Double {
        let x = Double(place), extent = Double(input), length = scale * extent
        switch transformation {
        case .halfPixel: return (x + 0.5) / scale - 0.5
        case .tfHalfPixelForNearest: return (x + 0.5) / scale
        case .pytorchHalfPixel: return length == 1 ? 0 : (x + 0.5) / scale - 0.5
        case .halfPixelSymmetric:
            let adjustment = Double(output) / length
            return extent / 2 * (1 - adjustment) + (x + 0.5) / scale - 0.5
        case .alignCorners: return length == 1 ? 0 : x * (extent - 1) / (length - 1)
        case .asymmetric: return x / scale
        case .tfCropAndResize:
            let region = region ?? (0, 1), width = (region.end - region.start) * (extent - 1)
            return region.start * (extent - 1) + (length == 1 ? width / 2 : x * width / (length - 1))
        }
    }
}

/// The input places that make one output place, and their weights.
struct ResizeTaps {
    var places: [Int]
    var weights: [Double]
    /// Whether the place lies outside the input and takes the extrapolation value.
    var isOutside = false
}

extension Resize {
    /// The taps of every output place along an axis.
    func taps(_ axis: ResizeAxis) throws(OsteonError) -> [ResizeTaps] {
        let stretch = antialias ? min(axis.scale, 1) : 1
        let support = mode == .cubic ? 2.0 : 1.0
        let reach = (support / stretch).rounded(.up)
        guard reach < 16_777_216 else {
            throw OsteonError(.limitExceeded, "A scale of \(axis.scale) is too small to filter with.")
        }
        var result: [ResizeTaps] = []
        result.reserveCapacity(axis.output)
        for place in 0 ..< axis.output {
            let position = axis.position(of: place, coordinateTransformation)
            guard position.magnitude < 1e15 else { throw invalidGraph("Place \(place) lies at \(position) of the input.") }
            if coordinateTransformation == .tfCropAndResize, position < 0 || position > Double(axis.input - 1) {
                result.append(ResizeTaps(places: [], weights: [], isOutside: true))
                continue
            }
            if mode == .nearest {
                let nearest = min(max(nearestPlace(position), 0), axis.input - 1)
                result.append(ResizeTaps(places: [nearest], weights: [1]))
                continue
            }
            let first = Int(position.rounded(.down)) - Int(reach) + 1
            var taps = ResizeTaps(places: [], weights: [])
            var sum = 0.0
            for tap in first ..< first + 2 * Int(reach) {
                let isOutside = tap < 0 || tap >= axis.input
                let weight = excludeOutside && isOutside ? 0 : kernel((Double(tap) - position) * stretch)
                if weight == 0 { continue }
                let inside = min(max(tap, 0), axis.input - 1)
                if taps.places.last == inside {
                    taps.weights[taps.weights.count - 1] += weight
                } else {
                    taps.places.append(inside)
                    taps.weights.append(weight)
                }
                sum += weight
            }
            if excludeOutside || antialias, sum != 0 {
                for i in taps.weights.indices { taps.weights[i] /= sum }
            }
            result.append(taps)
        }
        return result
    }

    private func nearestPlace(_ position: Double) -> Int {
        switch nearestMode {
        case .roundPreferFloor: Int((position - 0.5).rounded(.up))
        case .roundPreferCeil: Int((position + 0.5).rounded(.down))
        case .floor: Int(position.rounded(.down))
        case .ceil: Int(position.rounded(.up))
        }
    }

    /// The weight of an input place at a distance: a triangle, or cubic convolution (Keys 1981).
    private func kernel(_ distance: Double) -> Double {
        let x = distance.magnitude, a = cubicCoefficient
        if mode == .linear { return max(0, 1 - x) }
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0
    }
}
