import Metrics
import TestSupport
import Testing

@Suite struct StatisticsTests {
    private func table(_ values: [[Double]]) throws -> CaseTable {
        try CaseTable(
            cases: values.indices.map { "case\($0)" }, structures: (values.first ?? []).indices.map { "structure\($0)" }, values: values)
    }

    @Test func splitMixGivesThePublishedNumbers() {
        var random = SplitMix64(seed: 1_234_567)
        #expect(
            [random.next(), random.next(), random.next()] == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
        var counts = [Int](repeating: 0, count: 5)
        for _ in 0..<10_000 { counts[random.index(below: 5)] += 1 }
        #expect(counts.allSatisfy { (1850...2150).contains($0) })
        #expect(random.index(below: 0) == 0 && random.index(below: -3) == 0)
    }

    @Test func meansLeaveOutWhatIsMissing() throws {
        let values = try table([[0.8, .nan], [0.6, 0.5], [.nan, 0.7]])
        #expect(abs(values.mean(0) - 0.7) < 1e-15 && abs(values.mean(1) - 0.6) < 1e-15)
        #expect(values.count(0) == 2)
        #expect(abs(values.meanOfStructures - 0.65) < 1e-15)
        #expect(try table([[0.5, .nan]]).meanOfStructures.isNaN)
        #expect(errorCode { _ = try CaseTable(cases: ["a"], structures: ["x"], values: [[1, 2]]) } == .usage)
    }

    @Test func bootstrapIsReproducibleAndCloseToTheNormalInterval() throws {
        var random = SplitMix64(seed: 3)
        let values = (0..<200).map { _ in (0..<12).reduce(0) { sum, _ in sum + Double(random.index(below: 1000)) / 1000 } / 12 }
        let cases = try table(values.map { [$0] })
        let bootstrap = Bootstrap(draws: 4000, seed: 7)
        let interval = bootstrap.intervals(of: cases).structures[0]
        #expect(interval == bootstrap.intervals(of: cases).structures[0])
        #expect(interval != Bootstrap(draws: 4000, seed: 8).intervals(of: cases).structures[0])
        let mean = cases.mean(0)
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 199).squareRoot()
        let reach = 1.96 * deviation / 200.0.squareRoot()
        #expect(abs(interval.lower - (mean - reach)) < 0.1 * reach)
        #expect(abs(interval.upper - (mean + reach)) < 0.1 * reach)
        #expect(interval.confidence == 0.95 && interval.method == .bootstrapPercentile)
    }

    @Test func bootstrapOfNothingIsNotANumber() throws {
        let none = Bootstrap().intervals(of: try CaseTable(cases: [], structures: ["a"], values: []))
        #expect(none.structures[0].lower.isNaN && none.mean.upper.isNaN)
        let missing = Bootstrap(draws: 50).intervals(of: try table([[.nan, 1], [.nan, 0]]))
        #expect(missing.structures[0].lower.isNaN && !missing.structures[1].lower.isNaN && missing.mean.lower.isNaN)
        let one = Bootstrap(draws: 50).intervals(of: try table([[0.25]])).structures[0]
        #expect(one.lower == 0.25 && one.upper == 0.25)
    }

    @Test func driftNamesTheWorstCase() throws {
        let before = try table([[0.9, 0.8], [0.7, .nan], [0.8, 0.6]])
        let after = try table([[0.88, 0.8], [0.71, 0.5], [0.76, 0.6]])
        let drift = try Drift(from: before, to: after, tolerance: 0.02, bootstrap: Bootstrap(draws: 500))
        let first = drift.structures[0]
        #expect(first.pairs == 3 && first.unpaired == 0)
        #expect(abs(first.meanDifference + 0.05 / 3) < 1e-12)
        #expect(first.worst?.name == "case2")
        #expect(abs((first.worst?.difference ?? 0) + 0.04) < 1e-12)
        #expect(first.interval.lower <= first.meanDifference && first.meanDifference <= first.interval.upper)
        let second = drift.structures[1]
        #expect(second.pairs == 2 && second.unpaired == 1 && second.meanDifference == 0 && second.beyondTolerance == 0)
        #expect(
            try Drift(from: before, to: after, tolerance: 0.03, bootstrap: Bootstrap(draws: 1)).structures[0].beyondTolerance == 1.0 / 3)
        #expect(errorCode { _ = try Drift(from: before, to: table([[1, 1]]), tolerance: 0, bootstrap: Bootstrap()) } == .usage)
    }

    @Test func pairedIntervalsAreNarrowWherePatientsVaryTogether() throws {
        let before = (0..<40).map { [0.5 + 0.01 * Double($0)] }
        let after = before.map { [$0[0] - 0.003] }
        let drift = try Drift(from: table(before), to: table(after), tolerance: 0.01, bootstrap: Bootstrap(draws: 300))
        #expect(abs(drift.interval.lower + 0.003) < 1e-9 && abs(drift.interval.upper + 0.003) < 1e-9)
    }

    @Test func targetsAreMetOrNot() {
        let interval = Interval(lower: 0.86, upper: 0.9, confidence: 0.95, method: .bootstrapPercentile)
        func check(_ measured: Double, tolerance: Double = 0, _ interval: Interval? = nil) -> TargetCheck {
            TargetCheck(
                metric: "dice", name: "spleen", documented: 0.88, tolerance: tolerance, measured: measured, interval: interval, cases: 9)
        }
        #expect(check(0.88).isMet && check(0.871, tolerance: 0.01).isMet)
        #expect(!check(0.8799).isMet && !check(.nan).isMet && !check(0.869, tolerance: 0.01).isMet)
        #expect(check(0.89, interval).isUncertain && check(0.89).isUncertain)
        #expect(!check(0.89, tolerance: 0.03, interval).isUncertain)
    }
}
