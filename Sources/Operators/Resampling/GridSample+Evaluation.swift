import Bytes
import GraphIR
import Tensors

extension GridSample {
    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let grid = try context.input(1)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        guard y.count > 0 else { return }
        if x.elementType == .bool { throw OsteonError(.unsupported, "GridSample doesn't interpolate bools.") }
        let places = try Tensor(uninitialized: .f64, grid.shape)
        try dispatchFloat(
            grid.elementType, Coordinates(grid: grid, places: places, spatial: Array(x.shape.dropFirst(2)), op: self))
        try dispatch(x.elementType, Body(x: x, y: y, places: places, op: self))
    }

    /// Turns normalised coordinates into input places, in the grid's own precision, and applies border and reflection.
    private struct Coordinates: FloatBody {
        let grid: Tensor, places: Tensor, spatial: [Int], op: GridSample

        func run<T: FloatElement>(_ type: T.Type) {
            let source = grid.elements(T.self)
            var result = places.mutableElements(Double.self)
            let axes = spatial.count
            for i in source.indices {
                let whole = spatial[axes - 1 - i % axes]
                let extent = T(whole)
                let value = source[i]
                var place = op.alignCorners ? (value + 1) / 2 * (extent - 1) : ((value + 1) * extent - 1) / 2
                if op.mode == .nearest { place.round(.toNearestOrEven) }
                result[i] = op.bounded(Double(place), whole)
            }
        }
    }

    /// A place moved inside by border or reflection; the same for zeros.
    func bounded(_ place: Double, _ extent: Int) -> Double {
        switch padding {
        case .zeros: place
        case .border: clamped(place, extent)
        case .reflection: reflected(place, extent)
        }
    }

    /// The first or last place for what lies beyond. Cubic weights need the place as it is: there each tap is clamped.
    private func clamped(_ place: Double, _ extent: Int) -> Double {
        if mode == .cubic, place.magnitude < 4e15 { return place }
        return place.isNaN ? 0 : min(max(place, 0), Double(max(extent - 1, 0)))
    }

    /// A place mirrored at the ends until it's inside: at the centres of the first and last places with
    /// `alignCorners`, else at their outer edges.
    func reflected(_ place: Double, _ extent: Int) -> Double {
        let low = alignCorners ? 0 : -0.5
        let span = Double(alignCorners ? extent - 1 : extent)
        guard place.isFinite, span > 0 else { return 0 }
        if place >= low, place <= low + span { return place }
        let distance = (place - low).magnitude.truncatingRemainder(dividingBy: 2 * span)
        return low + (distance <= span ? distance : 2 * span - distance)
    }

    private struct Body: NumericBody {
        let x: Tensor, y: Tensor, places: Tensor, op: GridSample

        func run<T: NumericElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            let places = places.elements(Double.self)
            let spatial = Array(x.shape.dropFirst(2))
            let strides = RowMajor.strides(spatial)
            let axes = spatial.count
            let volume = RowMajor.count(spatial)
            let outputs = RowMajor.count(y.shape.dropFirst(2))
            let channels = x.shape[1]
            var offsets: [Int] = []
            var weights: [Double] = []
            var nextOffsets: [Int] = []
            var nextWeights: [Double] = []
            for n in 0..<y.shape[0] {
                for output in 0..<outputs {
                    offsets = [0]
                    weights = [1]
                    for axis in 0..<axes {
                        let place = places[(n * outputs + output) * axes + axes - 1 - axis]
                        nextOffsets.removeAll(keepingCapacity: true)
                        nextWeights.removeAll(keepingCapacity: true)
                        op.forEachTap(place, spatial[axis]) { tap, weight in
                            for i in offsets.indices {
                                nextOffsets.append(offsets[i] + tap * strides[axis])
                                nextWeights.append(weights[i] * weight)
                            }
                        }
                        swap(&offsets, &nextOffsets)
                        swap(&weights, &nextWeights)
                    }
                    for c in 0..<channels {
                        let base = (n * channels + c) * volume
                        var sum = 0.0
                        if offsets.count == 1, weights[0] == 1 {
                            result[(n * channels + c) * outputs + output] = source[base + offsets[0]]
                            continue
                        }
                        for i in offsets.indices { sum += weights[i] * source[base + offsets[i]].asDouble }
                        result[(n * channels + c) * outputs + output] = T(clamping: sum)
                    }
                }
            }
        }
    }

    /// Calls `body` with each input place that contributes to `place` along an axis, and its weight.
    @inline(__always)
    private func forEachTap(_ place: Double, _ extent: Int, _ body: (_ tap: Int, _ weight: Double) -> Void) {
        guard place.magnitude < 4e15, extent > 0 else { return }
        let base = place.rounded(.down)
        let first = Int(base)
        let t = place - base
        switch mode {
        case .nearest: tap(first, 1, extent, body)
        case .linear:
            tap(first, 1 - t, extent, body)
            tap(first + 1, t, extent, body)
        case .cubic:
            tap(first - 1, Self.far(1 + t), extent, body)
            tap(first, Self.near(t), extent, body)
            tap(first + 1, Self.near(1 - t), extent, body)
            tap(first + 2, Self.far(2 - t), extent, body)
        }
    }

    @inline(__always)
    private func tap(_ place: Int, _ weight: Double, _ extent: Int, _ body: (_ tap: Int, _ weight: Double) -> Void) {
        var place = place
        if place < 0 || place >= extent {
            switch padding {
            case .zeros: return
            case .border: place = min(max(place, 0), extent - 1)
            case .reflection: place = min(max(Int(reflected(Double(place), extent)), 0), extent - 1)
            }
        }
        if weight != 0 { body(place, weight) }
    }

    // Cubic convolution with a = −0.75 (Keys 1981).
    private static func near(_ x: Double) -> Double { (1.25 * x - 2.25) * x * x + 1 }
    private static func far(_ x: Double) -> Double { ((-0.75 * x + 3.75) * x - 6) * x + 3 }
}
