import Bytes

/// How well scores separate cases with a finding from those without: the area under the receiver operating characteristic curve.
package struct ROCCurve: Sendable {
    /// The area, from 0 to 1: how likely a case with the finding scores higher than one without, ties counting half. NaN where
    /// there's no case of one kind.
    package let area: Double
    /// The area's variance (DeLong, DeLong and Clarke-Pearson 1988, with the midranks of Sun and Xu, "Fast implementation of
    /// DeLong's algorithm", 2014: O(n log n)); NaN where a kind has fewer than two cases.
    package let variance: Double
    /// Cases with the finding, and without.
    package let positives: Int
    package let negatives: Int
    /// For each case with the finding, the share of those without that score lower; the other way round for each without.
    let positivePlacements: [Double]
    let negativePlacements: [Double]

    /// - Throws: `.usage` where scores and truths aren't as many, or a score isn't a number.
    package init(scores: [Double], truth: [Bool]) throws(OsteonError) {
        guard scores.count == truth.count else {
            throw OsteonError(.usage, "\(scores.count) scores for \(truth.count) cases.")
        }
        guard !scores.contains(where: \.isNaN) else { throw OsteonError(.malformed, "A score isn't a number (NaN).") }
        let with = scores.indices.filter { truth[$0] }.map { scores[$0] }
        let without = scores.indices.filter { !truth[$0] }.map { scores[$0] }
        positives = with.count
        negatives = without.count
        let m = Double(with.count)
        let n = Double(without.count)
        let all = Self.midranks(with + without)
        let ofWith = Self.midranks(with)
        let ofWithout = Self.midranks(without)
        positivePlacements = with.indices.map { (all[$0] - ofWith[$0]) / n }
        negativePlacements = without.indices.map { 1 - (all[with.count + $0] - ofWithout[$0]) / m }
        guard positives > 0, negatives > 0 else {
            area = .nan
            variance = .nan
            return
        }
        area = (all[..<with.count].reduce(0, +) / m - (m + 1) / 2) / n
        variance = Covariance.of(positivePlacements, positivePlacements) / m + Covariance.of(negativePlacements, negativePlacements) / n
    }

    /// NaN at both ends where the variance isn't known.
    package func interval(confidence: Double = 0.95) -> Interval {
        let reach = NormalDistribution.quantile((1 + confidence) / 2) * variance.squareRoot()
        return Interval(
            lower: reach.isNaN ? .nan : max(0, area - reach), upper: reach.isNaN ? .nan : min(1, area + reach),
            confidence: confidence, method: .deLong)
    }

    /// The rank of each value from 1, equal ones sharing the mean of theirs.
    static func midranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
            start = end
        }
        return ranks
    }
}

enum Covariance {
    /// Of paired values, with one less than their number below the fraction; NaN for fewer than two.
    static func of(_ x: [Double], _ y: [Double]) -> Double {
        let count = Double(x.count)
        guard x.count > 1 else { return .nan }
        let meanX = x.reduce(0, +) / count
        let meanY = y.reduce(0, +) / count
        return zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / (count - 1)
    }
}
