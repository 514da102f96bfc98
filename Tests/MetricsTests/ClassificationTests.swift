import Metrics
import TestSupport
import Testing

@Suite struct ClassificationTests {
    /// The area by its meaning: over all pairs.
    private func area(_ scores: [Double], _ truth: [Bool]) -> Double {
        var wins = 0.0
        var pairs = 0.0
        for (a, isA) in zip(scores, truth) where isA {
            for (b, isB) in zip(scores, truth) where !isB {
                wins += a > b ? 1 : a == b ? 0.5 : 0
                pairs += 1
            }
        }
        return wins / pairs
    }

    @Test(arguments: 1...6) func areaIsTheShareOfPairsWon(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let truth = (0..<60).map { _ in random.index(below: 3) == 0 }
        let scores = truth.map { Double(random.index(below: 12) + ($0 ? 3 : 0)) / 10 }  // many ties
        let curve = try ROCCurve(scores: scores, truth: truth)
        #expect(abs(curve.area - area(scores, truth)) < 1e-14)
        #expect(abs(try ROCCurve(scores: scores.map { -$0 }, truth: truth).area + curve.area - 1) < 1e-14)
    }

    /// Worked by hand: placements 1, 1, 2/3 and 1, 1, 2/3.
    @Test func varianceOfASmallSample() throws {
        let curve = try ROCCurve(scores: [0.9, 0.8, 0.4, 0.5, 0.2, 0.1], truth: [true, true, true, false, false, false])
        #expect(abs(curve.area - 8.0 / 9) < 1e-15)
        #expect(abs(curve.variance - 2 * (1.0 / 27) / 3) < 1e-15)
        let interval = curve.interval()
        #expect(interval.upper == 1)
        #expect(abs(interval.lower - (8.0 / 9 - 1.959963984540054 * (2.0 / 81).squareRoot())) < 1e-14)
        #expect(interval.method == .deLong)
    }

    @Test func oneKindAloneHasNoArea() throws {
        let curve = try ROCCurve(scores: [0.1, 0.2], truth: [true, true])
        #expect(curve.area.isNaN && curve.variance.isNaN && curve.interval().lower.isNaN && curve.interval().upper.isNaN)
        #expect(errorCode { _ = try ROCCurve(scores: [0.1], truth: []) } == .usage)
        #expect(errorCode { _ = try ROCCurve(scores: [.nan], truth: [true]) } == .malformed)
    }

    @Test func pairedDifferenceKnowsThatModelsAgree() throws {
        let truth = [true, true, true, true, false, false, false, false]
        let a = [0.9, 0.6, 0.4, 0.8, 0.5, 0.3, 0.1, 0.7]
        let b = a.map { $0 * $0 }
        let same = try AreaDifference(ROCCurve(scores: a, truth: truth), ROCCurve(scores: b, truth: truth))
        #expect(same.difference == 0 && same.variance == 0 && same.pValue == 1)
        let c = [0.9, 0.6, 0.6, 0.8, 0.5, 0.3, 0.1, 0.2]
        let better = try AreaDifference(ROCCurve(scores: a, truth: truth), ROCCurve(scores: c, truth: truth))
        #expect(abs(better.difference - (area(c, truth) - area(a, truth))) < 1e-15)
        #expect(better.difference > 0 && better.pValue < 1 && better.interval().contains(better.difference))
        #expect(
            errorCode { _ = try AreaDifference(ROCCurve(scores: a, truth: truth), ROCCurve(scores: [1, 2], truth: [true, false])) }
                == .usage)
    }

    @Test func sensitivityAndSpecificityAtTheThreshold() throws {
        let point = try OperatingPoint(scores: [0.5, 0.49, 0.9, 0.1, 0.5], truth: [true, true, true, false, false], threshold: 0.5)
        #expect(point.sensitivity == 2.0 / 3)
        #expect(point.specificity == 0.5)
        // Wilson's interval of 2 in 3, from its formula.
        let interval = point.sensitivityInterval()
        #expect(abs(interval.lower - 0.2076595) < 1e-6 && abs(interval.upper - 0.9385090) < 1e-6)
        let none = try OperatingPoint(scores: [0.5], truth: [true], threshold: 0.5)
        #expect(none.specificity.isNaN && none.specificityInterval().lower.isNaN)
        #expect(none.sensitivityInterval().upper == 1)
    }
}
