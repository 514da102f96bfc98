import Bytes
import Tensors

/// The overlap of two masks.
public enum Dice {
    /// `2 · |A ∩ B| / (|A| + |B|)` of the voxels above `threshold` in `prediction` and above 0.5 in `mask`
    /// (Dice, "Measures of the amount of ecologic association between species", 1945). 1 where both are empty.
    /// - Throws: `.verificationFailed` where the shapes differ in more than extents of 1.
    public static func overlap(_ prediction: Tensor, above threshold: Double, mask: Tensor) throws(OsteonError) -> Double {
        guard prediction.shape.filter({ $0 != 1 }) == mask.shape.filter({ $0 != 1 }) else {
            throw OsteonError(.verificationFailed, "A prediction of shape \(prediction.shape) and a mask of shape \(mask.shape) can't be laid over one another.")
        }
        let a = try prediction.converted(to: .f32), b = try mask.converted(to: .f32)
        return withExtendedLifetime((a, b)) {
            let p = a.unsafeElements(Float.self), m = b.unsafeElements(Float.self)
            let limit = Float(threshold)
            var both = 0, sum = 0
            for i in 0 ..< p.count {
                let inP = p[i] > limit, inM = m[i] > 0.5
                both += inP && inM ? 1 : 0
                sum += (inP ? 1 : 0) + (inM ? 1 : 0)
            }
            return sum == 0 ? 1 : 2 * Double(both) / Double(sum)
        }
    }
}
