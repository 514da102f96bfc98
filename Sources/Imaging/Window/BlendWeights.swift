import Bytes
import Glibc

/// The weight of each place of a window.
enum BlendWeights {
    /// [extents…], x slowest; nil where all weigh alike.
    /// - Throws: `.limitExceeded` for a window larger than memory.
    static func weights(_ window: SlidingWindow, extents: [Int]) throws(OsteonError) -> [Float]? {
        guard window.blend == .gaussian else { return nil }
        // Two of them are held at a time, and one of an axis less.
        try MemoryBudget.current.check(Checked.product(extents), of: 3 * MemoryLayout<Float>.stride)
        switch window.stepping {
        case .monai:
            // In single precision and in MONAI's order, so that equal windows weigh exactly alike.
            let product = outer(extents.map(sampled))
            let least = max(product.min() ?? 1, 1e-3)
            return product.map { max($0, least) }
        case .nnunet:
            var product = outer(extents.map(filtered))
            let largest = product.max() ?? 1
            product = product.map { $0 / largest * 10 }
            let least = product.filter { $0 > 0 }.min() ?? 1
            return product.map { $0 > 0 ? $0 : least }
        }
    }

    /// exp(−x² / 2σ²) around the middle.
    private static func sampled(_ extent: Int) -> [Float] {
        let sigma = Double(extent) * 0.125
        let factor = Float(-2 * sigma * sigma)
        return (0..<extent).map { place in
            let x = Float(place) - Float(extent - 1) / 2
            return exp(x * x / factor)
        }
    }

    /// SciPy's `gaussian_filter` of a one at extent / 2: a normalised kernel cut at four deviations.
    private static func filtered(_ extent: Int) -> [Float] {
        let sigma = Double(extent) * 0.125
        let radius = Checked.clamped(4 * sigma + 0.5, to: 0...1 << 21, .down)
        let sum = (-radius...radius).reduce(0.0) { $0 + exp(-0.5 * Double($1 * $1) / (sigma * sigma)) }
        return (0..<extent).map { place in
            let x = place - extent / 2
            return abs(x) > radius ? 0 : Float(exp(-0.5 * Double(x * x) / (sigma * sigma)) / sum)
        }
    }

    private static func outer(_ axes: [[Float]]) -> [Float] {
        var result: [Float] = [1]
        for axis in axes { result = result.flatMap { a in axis.map { a * $0 } } }
        return result
    }
}
