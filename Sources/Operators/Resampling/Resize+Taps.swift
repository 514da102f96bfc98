import Bytes

extension Resize {
    /// The taps of every output place along an axis.
    package func taps(_ axis: ResizeAxis) throws(OsteonError) -> [ResizeTaps] {
        let stretch = antialias ? min(axis.factor, 1) : 1
        let support = mode == .cubic ? 2.0 : 1.0
        let reach = (support / stretch).rounded(.up)
        guard reach < 16_777_216 else {
            throw OsteonError(.limitExceeded, "A scale of \(axis.factor) is too small to filter with.")
        }
        var result: [ResizeTaps] = []
        // Each place's taps are two arrays of up to twice the reach.
        try MemoryBudget.current.check(axis.output, of: 160 + 32 * Int(mode == .nearest ? 0 : reach))
        result.reserveCapacity(axis.output)
        for place in 0..<axis.output {
            let position = try position(of: place, axis)
            if coordinateTransformation == .tfCropAndResize, position < 0 || position > Double(axis.input - 1) {
                result.append(ResizeTaps(places: [], weights: [], isOutside: true))
            } else if mode == .nearest {
                let nearest = min(max(nearestPlace(position, axis), 0), axis.input - 1)
                result.append(ResizeTaps(places: [nearest], weights: [1]))
            } else {
                result.append(taps(at: position, axis, reach: Int(reach), stretch: stretch))
            }
        }
        return result
    }

    private func position(of place: Int, _ axis: ResizeAxis) throws(OsteonError) -> Double {
        let position = axis.isIdentity ? Double(place) : axis.position(of: place, self)
        guard position.magnitude < 1e15 else { throw invalidGraph("Place \(place) lies at \(position) of the input.") }
        guard mode == .cubic, arithmetic == .tensorflow else { return position }
        // Its weights come from a table of 1,024 distances a place.
        return (position * 1024).rounded(.toNearestOrEven) / 1024
    }

    private func taps(at position: Double, _ axis: ResizeAxis, reach: Int, stretch: Double) -> ResizeTaps {
        let first = Int(position.rounded(.down)) - reach + 1
        var taps = ResizeTaps(places: [], weights: [])
        var sum = 0.0
        for tap in first..<first + 2 * reach {
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
        return taps
    }

    private func nearestPlace(_ position: Double, _ axis: ResizeAxis) -> Int {
        // Between two places, to f32's rounding as ONNX Runtime has it; TensorFlow rounds what it has.
        let isBetween = arithmetic == .onnx && (position - position.rounded(.down) - 0.5).magnitude < 1e-6
        switch nearestMode {
        case .roundPreferFloor: return Int(isBetween ? position.rounded(.down) : (position - 0.5).rounded(.up))
        case .roundPreferCeil: return Int(isBetween ? position.rounded(.up) : (position + 0.5).rounded(.down))
        case .floor: return Int(position.rounded(.down))
        case .ceil: return Int(position.rounded(.up))
        case .simple: return Int(axis.factor < 1 ? position.rounded(.up) : position.rounded(.down))
        }
    }

    /// The weight of an input place at a distance: a triangle, or cubic convolution (Keys 1981).
    private func kernel(_ distance: Double) -> Double {
        let x = distance.magnitude
        let a = cubicCoefficient
        if mode == .linear { return max(0, 1 - x) }
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0
    }
}
