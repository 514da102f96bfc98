import Glibc

/// The standard normal distribution.
enum NormalDistribution {
    /// The probability of more than `z`.
    static func upperTail(_ z: Double) -> Double { erfc(z / 2.0.squareRoot()) / 2 }

    /// The deviation that a share of `probability` doesn't exceed (0 and 1 excluded), to some units in the last place: where
    /// Newton's steps on the tail come to rest.
    static func quantile(_ probability: Double) -> Double {
        if !(probability > 0 && probability < 1) { return probability <= 0 ? -.infinity : probability >= 1 ? .infinity : .nan }
        // By symmetry in the upper half, where the tail is exact.
        let tail = min(probability, 1 - probability)
        let scale = (2 * Double.pi).squareRoot()
        var z = 0.0
        for _ in 0..<200 {
            // Concave from below: never past the root.
            let step = (upperTail(z) - tail) * scale * exp(z * z / 2)
            z += min(step, 1)
            if abs(step) <= 4e-16 * max(1, z) { break }
        }
        return probability < 0.5 ? -z : z
    }
}
