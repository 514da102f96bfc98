import Bytes
import Tensors

/// The overlap of two masks, by their mean size: `2 · |A ∩ B| / (|A| + |B|)`, from 0 to 1.
///
/// Dice, "Measures of the amount of ecologic association between species", 1945.
package enum Dice {
    package static func value(_ counts: OverlapCounts, emptyMasks rule: EmptyMaskRule) -> Double {
        rule.ratio(2 * counts.truePositives, counts.predicted + counts.referenced, counts)
    }

    /// Of the voxels above `threshold` in `prediction` and above 0.5 in `mask`; 1 where both are empty.
    /// - Throws: `.verificationFailed` where the shapes differ in more than extents of 1, or a value isn't a number.
    package static func overlap(_ prediction: Tensor, above threshold: Double, mask: Tensor) throws(OsteonError) -> Double {
        guard prediction.shape.filter({ $0 != 1 }) == mask.shape.filter({ $0 != 1 }) else {
            throw OsteonError(
                .verificationFailed,
                "A prediction of shape \(prediction.shape) and a mask of shape \(mask.shape) can't be laid over one another.")
        }
        for (what, tensor) in [("prediction", prediction), ("mask", mask)] where tensor.elementType.isFloat {
            let count = try tensor.doubles().count { $0.isNaN }
            guard count == 0 else {
                throw OsteonError(
                    .verificationFailed,
                    "\(count) of \(tensor.count) values of the \(what) aren't numbers (NaN); they're neither in a mask nor out of it.")
            }
        }
        let a = try Mask(prediction.reshaped([1, prediction.count]), above: threshold)
        let b = try Mask(mask.reshaped([1, mask.count]), above: 0.5)
        return value(try OverlapCounts(prediction: a, reference: b), emptyMasks: .metricsReloaded)
    }
}
