import Bytes

/// Two models' areas under the ROC curve on the same cases (the paired test of DeLong, DeLong and Clarke-Pearson 1988).
package struct AreaDifference: Sendable {
    /// Of the second model less of the first.
    package let difference: Double
    package let variance: Double

    /// - Parameters: the curves of the two models; the cases are the same and in the same order.
    /// - Throws: `.usage` where the cases can't be the same.
    package init(_ first: ROCCurve, _ second: ROCCurve) throws(OsteonError) {
        guard first.positives == second.positives, first.negatives == second.negatives else {
            throw OsteonError(.usage, "Two models can be compared on the same cases only.")
        }
        difference = second.area - first.area
        let ofPositives = zip(first.positivePlacements, second.positivePlacements).map { $1 - $0 }
        let ofNegatives = zip(first.negativePlacements, second.negativePlacements).map { $1 - $0 }
        variance =
            Covariance.of(ofPositives, ofPositives) / Double(first.positives)
            + Covariance.of(ofNegatives, ofNegatives) / Double(first.negatives)
    }

    package func interval(confidence: Double = 0.95) -> Interval {
        let reach = NormalDistribution.quantile((1 + confidence) / 2) * variance.squareRoot()
        return Interval(lower: difference - reach, upper: difference + reach, confidence: confidence, method: .deLong)
    }

    /// How likely a difference as large is where the models are equally good; two-sided. 1 where they score alike.
    package var pValue: Double {
        if difference == 0 { return 1 }
        return 2 * NormalDistribution.upperTail(abs(difference) / variance.squareRoot())
    }
}
