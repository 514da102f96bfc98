/// The overlap of two masks, by their union: `|A ∩ B| / |A ∪ B|`, from 0 to 1 (Jaccard 1901).
package enum IntersectionOverUnion {
    package static func value(_ counts: OverlapCounts, emptyMasks rule: EmptyMaskRule) -> Double {
        rule.ratio(counts.truePositives, counts.truePositives + counts.falsePositives + counts.falseNegatives, counts)
    }
}
