import Bytes

/// Intervals of means over patients, by drawing the patients anew with replacement (Efron, "Bootstrap methods: another look
/// at the jackknife", 1979).
///
/// A patient is drawn with all structures, and with both models' figures where two are compared: the pairs stay together.
/// The interval goes from one percentile of the redrawn means to the other, interpolated between ranks. Seeded: the same
/// cases, seed and number of draws give the same bits.
package struct Bootstrap: Sendable, Hashable {
    package var draws: Int
    package var seed: UInt64
    package var confidence: Double

    package init(draws: Int = 2000, seed: UInt64 = 0, confidence: Double = 0.95) {
        self.draws = draws
        self.seed = seed
        self.confidence = confidence
    }

    /// Of each structure's mean, and of the mean of them. A draw in which no case has a figure of a structure says nothing
    /// about it; an interval is NaN where no draw does.
    package func intervals(of table: CaseTable) -> (structures: [Interval], mean: Interval) {
        var random = SplitMix64(seed: seed)
        let count = table.cases.count
        var redrawn = table.structures.map { _ in Self.room(count > 0 ? draws : 0) }
        var means = Self.room(count > 0 ? draws : 0)
        for _ in 0..<(count > 0 ? draws : 0) {
            let places = (0..<count).map { _ in random.index(below: count) }
            let drawn = table.means(of: places)
            for (structure, mean) in drawn.enumerated() { redrawn[structure].append(mean) }
            means.append(CaseTable.meanOfStructures(drawn))
        }
        return (redrawn.map(interval), interval(means))
    }

    /// Of the mean area under the ROC curve over findings. A draw leaves out findings it has only one kind of case of.
    /// - Parameters:
    ///   - scores: by case, then finding.
    ///   - truth: likewise.
    package func meanAreaInterval(scores: [[Double]], truth: [[Bool]]) throws(OsteonError) -> Interval {
        var random = SplitMix64(seed: seed)
        var means: [Double] = []
        let findings = scores.first?.count ?? 0
        for _ in 0..<(scores.isEmpty ? 0 : draws) {
            let places = scores.map { _ in random.index(below: scores.count) }
            var sum = 0.0
            var count = 0.0
            for finding in 0..<findings {
                let area = try ROCCurve(scores: places.map { scores[$0][finding] }, truth: places.map { truth[$0][finding] }).area
                if !area.isNaN {
                    sum += area
                    count += 1
                }
            }
            means.append(sum / count)
        }
        return interval(means)
    }

    /// Room for so many means: arrays that grow take twice what they hold.
    private static func room(_ count: Int) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(max(0, count))
        return values
    }

    private func interval(_ values: [Double]) -> Interval {
        let sorted = values.filter { !$0.isNaN }.sorted()
        return Interval(
            lower: Self.percentile(sorted, (1 - confidence) / 2), upper: Self.percentile(sorted, (1 + confidence) / 2),
            confidence: confidence, method: .bootstrapPercentile)
    }

    /// The value at a share of the way through `sorted`, interpolated between neighbours; NaN for none.
    static func percentile(_ sorted: [Double], _ share: Double) -> Double {
        guard let last = sorted.indices.last else { return .nan }
        let rank = min(max(share, 0), 1) * Double(last)
        let below = Checked.clamped(rank, to: 0...last, .down)
        let above = min(below + 1, last)
        // Two infinities have no difference.
        if sorted[below] == sorted[above] { return sorted[below] }
        return sorted[below] + (rank - Double(below)) * (sorted[above] - sorted[below])
    }
}
