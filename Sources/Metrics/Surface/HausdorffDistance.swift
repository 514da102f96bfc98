import Bytes

/// How far two surfaces are from one another where they're farthest, a share of outliers aside: the greater of the two
/// directions' percentiles, in millimetres.
package enum HausdorffDistance {
    /// How the percentile is taken.
    package enum Rule: String, JSONEnum {
        /// MONAI's: of the edge voxels' distances, each counting once, interpolated between neighbouring ranks. Distances and
        /// the share are in single precision and the rank in double, as `torch.quantile` has them.
        case monai
        /// DeepMind's: of the surface elements' distances by area, the first one that reaches the percentage; no interpolation.
        case deepmind

        /// The pieces the rule needs the distances of.
        package var pieces: SurfaceDistances.Pieces { self == .monai ? .voxels : .elements }
    }

    /// Where a mask is empty there's no distance: NaN by MONAI's rule (it interpolates between infinite ones), infinite by
    /// DeepMind's.
    /// - Parameters:
    ///   - distances: of the rule's pieces.
    ///   - percentile: above 0, 100 at most; 100 is the Hausdorff distance itself.
    package static func value(_ distances: SurfaceDistances, percentile: Double = 95, rule: Rule) -> Double {
        let a = distances.fromPrediction
        let b = distances.fromReference
        if a.isEmpty || b.isEmpty { return rule == .monai ? .nan : .infinity }
        switch rule {
        case .monai: return max(interpolated(a.distances, percentile), interpolated(b.distances, percentile))
        case .deepmind: return max(weighted(a, percentile), weighted(b, percentile))
        }
    }

    private static func interpolated(_ distances: [Double], _ percentile: Double) -> Double {
        let sorted = distances.map { Float($0) }.sorted()
        let rank = Double(Float(percentile / 100)) * Double(sorted.count - 1)
        let below = Checked.clamped(rank, to: 0...max(0, sorted.count - 1), .down)
        let above = min(below + 1, sorted.count - 1)
        let weight = Float(rank - Double(below))
        let low = sorted[below]
        let high = sorted[above]
        return Double(weight < 0.5 ? low + weight * (high - low) : high - (high - low) * (1 - weight))
    }

    private static func weighted(_ surface: SurfaceDistances.Directed, _ percentile: Double) -> Double {
        let order = surface.distances.indices.sorted {
            (surface.distances[$0], surface.sizes[$0]) < (surface.distances[$1], surface.sizes[$1])
        }
        let total = order.reduce(0) { $0 + surface.sizes[$1] }
        var sum = 0.0
        for place in order {
            sum += surface.sizes[place]
            if sum / total >= percentile / 100 { return surface.distances[place] }
        }
        return order.last.map { surface.distances[$0] } ?? .infinity
    }
}
