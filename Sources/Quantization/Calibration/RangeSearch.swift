import Glibc

/// Chooses the 8-bit range of a value by a calibration method.
package struct RangeSearch {
    private let statistics: ValueStatistics
    private let symmetric: Bool

    package init(statistics: ValueStatistics, symmetric: Bool) {
        self.statistics = statistics
        self.symmetric = symmetric
    }

    package func quantization(_ method: CalibrationMethod) -> AffineQuantization {
        switch method {
        case .minmax: return made(statistics.low, statistics.high)
        case .movingAverage: return made(statistics.averageLow, statistics.averageHigh)
        case .percentile:
            let histogram = statistics.histogram
            let low = max(histogram.quantile(CalibrationMethod.tail), statistics.low)
            let high = min(histogram.quantile(1 - CalibrationMethod.tail), statistics.high)
            return made(low, high)
        case .mse: return least { squaredError($0) }
        case .entropy: return least(divergence)
        }
    }

    private func made(_ low: Double, _ high: Double) -> AffineQuantization {
        AffineQuantization(low: low, high: high, symmetric: symmetric)
    }

    /// The range with the least `loss` among those that clip either side to a share of its extreme: both together first,
    /// then one side after the other, ever finer.
    private func least(_ loss: (AffineQuantization) -> Double) -> AffineQuantization {
        let (low, high) = (min(statistics.low, 0), max(statistics.high, 0))
        var shares = (1.0, 1.0)
        var best = made(low, high)
        var bestLoss = loss(best)
        func consider(_ a: Double, _ b: Double) {
            guard a > 0, b > 0, a <= 1, b <= 1 else { return }
            let candidate = made(low * a, high * b)
            let value = loss(candidate)
            if value < bestLoss { (bestLoss, best, shares) = (value, candidate, (a, b)) }
        }
        for step in 1..<40 { consider(1 - Double(step) / 40, 1 - Double(step) / 40) }
        let sided = !symmetric && low < 0 && high > 0
        for width in [0.1, 0.025, 0.006] {
            let around = shares
            for step in -4...4 where step != 0 {
                let change = 1 + width * Double(step) / 4
                if sided { consider(around.0 * change, shares.1) } else { consider(around.0 * change, around.1 * change) }
            }
            guard sided else { continue }
            let other = shares
            for step in -4...4 where step != 0 { consider(other.0, other.1 * (1 + width * Double(step) / 4)) }
        }
        return best
    }

    /// `Σ (x − rounded x)²` over the histogram, each bin taken at its middle.
    package func squaredError(_ quantization: AffineQuantization) -> Double {
        var error = 0.0
        let histogram = statistics.histogram
        for (i, count) in histogram.counts.enumerated() where count > 0 {
            let x = histogram.middle(i)
            let difference = x - quantization.rounded(x)
            error += Double(count) * difference * difference
        }
        return error
    }

    /// `Σ p · log(p / q)`: p the histogram with what's clipped moved to the ends, q the same spread evenly within each step.
    private func divergence(_ quantization: AffineQuantization) -> Double {
        let histogram = statistics.histogram
        let steps = quantization.levels.count
        var mass = [Double](repeating: 0, count: steps)
        var filled = [Int](repeating: 0, count: steps)
        var steady = [Int](repeating: 0, count: histogram.counts.count)
        var clippedBelow = 0.0
        var clippedAbove = 0.0
        var firstInside: Int?
        var lastInside: Int?
        // Zeros are met exactly by every range, and in images they are most of all.
        let zeros = -histogram.first
        for (i, count) in histogram.counts.enumerated() where i != zeros {
            let x = histogram.middle(i)
            let step =
                (x / Double(quantization.scale)).rounded(.toNearestOrEven) + Double(quantization.zeroPoint - quantization.levels.lowerBound)
            guard step >= 0, step < Double(steps) else {
                if step < 0 { clippedBelow += Double(count) } else { clippedAbove += Double(count) }
                steady[i] = -1
                continue
            }
            steady[i] = Int(step)
            firstInside = firstInside ?? i
            lastInside = i
            if count > 0 {
                mass[Int(step)] += Double(count)
                filled[Int(step)] += 1
            }
        }
        guard let firstInside, let lastInside else { return .infinity }
        var result = 0.0
        let total = Double(histogram.total)
        for (i, count) in histogram.counts.enumerated() where steady[i] >= 0 && i != zeros {
            var p = Double(count)
            if i == firstInside { p += clippedBelow }
            if i == lastInside { p += clippedAbove }
            guard p > 0 else { continue }
            // What stands for p after quantisation; a bin that only holds what was clipped stands for next to nothing.
            let q = count > 0 ? mass[steady[i]] / Double(filled[steady[i]]) : 1e-6
            result += p / total * log(p / q)
        }
        return result
    }
}
