/// The share of two surfaces that lies within a tolerance of the other one (normalised surface Dice, NSD), from 0 to 1.
///
/// Nikolov et al., arXiv:1809.04430 (surface elements, by area) and Seidlitz et al., arXiv:2111.05408 (edge voxels, each
/// counting once): which of them is said by the pieces the distances were made of.
package enum SurfaceDice {
    /// NaN where both masks are empty, 0 where one is.
    /// - Parameter tolerance: in millimetres. A distance that's equal but for rounding is within it.
    package static func value(_ distances: SurfaceDistances, tolerance: Double) -> Double {
        let limit = tolerance * (1 + 1e-9)
        var within = 0.0
        var total = 0.0
        for surface in [distances.fromPrediction, distances.fromReference] {
            for (distance, size) in zip(surface.distances, surface.sizes) {
                total += size
                if distance <= limit { within += size }
            }
        }
        return total > 0 ? within / total : .nan
    }
}
