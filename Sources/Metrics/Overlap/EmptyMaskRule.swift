import Bytes

/// What an overlap is worth where a mask is empty: published figures differ in nothing so often.
///
/// | rule | both empty | reference empty, prediction not |
/// |---|---|---|
/// | `monai` | left out | left out |
/// | `nnunet` | left out | 0 |
/// | `metrics-reloaded` | 1 | 0 |
///
/// Where the prediction alone is empty, every rule gives 0. What's left out is NaN, and no mean counts it.
package enum EmptyMaskRule: String, JSONEnum {
    /// As MONAI's `DiceMetric` by default: a case without the structure says nothing, even where it was predicted.
    case monai
    /// As nnU-Net v2.
    case nnunet
    /// As MetricsReloaded.
    case metricsReloaded = "metrics-reloaded"

    /// `numerator / denominator`, the denominator being 0 only where both masks are empty.
    func ratio(_ numerator: Int, _ denominator: Int, _ counts: OverlapCounts) -> Double {
        if counts.referenced == 0 {
            if self == .monai { return .nan }
            if counts.predicted == 0 { return self == .nnunet ? .nan : 1 }
        }
        return Double(numerator) / Double(denominator)
    }
}
