import Bytes
import Glibc

/// What becomes of cases when a score at or above a threshold counts as a finding.
package struct OperatingPoint: Sendable, Hashable {
    package let threshold: Double
    package let truePositives: Int
    package let falsePositives: Int
    package let falseNegatives: Int
    package let trueNegatives: Int

    /// - Throws: `.usage` where scores and truths aren't as many.
    package init(scores: [Double], truth: [Bool], threshold: Double) throws(OsteonError) {
        guard scores.count == truth.count else { throw OsteonError(.usage, "\(scores.count) scores for \(truth.count) cases.") }
        var counts = [[0, 0], [0, 0]]
        for (score, isTrue) in zip(scores, truth) { counts[isTrue ? 1 : 0][score >= threshold ? 1 : 0] += 1 }
        self.threshold = threshold
        truePositives = counts[1][1]
        falsePositives = counts[0][1]
        falseNegatives = counts[1][0]
        trueNegatives = counts[0][0]
    }

    /// The share of cases with the finding that are found; NaN where there are none.
    package var sensitivity: Double { Double(truePositives) / Double(truePositives + falseNegatives) }
    /// The share of cases without the finding that are classified so; NaN where there are none.
    package var specificity: Double { Double(trueNegatives) / Double(trueNegatives + falsePositives) }

    package func sensitivityInterval(confidence: Double = 0.95) -> Interval {
        Self.wilson(truePositives, of: truePositives + falseNegatives, confidence)
    }

    package func specificityInterval(confidence: Double = 0.95) -> Interval {
        Self.wilson(trueNegatives, of: trueNegatives + falsePositives, confidence)
    }

    private static func wilson(_ hits: Int, of count: Int, _ confidence: Double) -> Interval {
        let n = Double(count)
        let share = Double(hits) / n
        let z = NormalDistribution.quantile((1 + confidence) / 2)
        let center = (share + z * z / (2 * n)) / (1 + z * z / n)
        let reach = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return Interval(
            lower: count == 0 ? .nan : hits == 0 ? 0 : max(0, center - reach),
            upper: count == 0 ? .nan : hits == count ? 1 : min(1, center + reach),
            confidence: confidence, method: .wilson)
    }
}
