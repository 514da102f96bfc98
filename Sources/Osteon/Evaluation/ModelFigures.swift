import Bytes
import Metrics

/// One model's figures over all cases.
public struct ModelFigures: Sendable {
    /// A mean with the interval it lies in.
    public struct Figure: Sendable {
        public var value: Double
        public var interval: Interval
        /// Cases that have one.
        public var cases: Int
    }

    /// One metric, by structure, and the mean of these means.
    public struct Column: Sendable {
        /// `Dice`, `IoU`, `HD95`, `NSD`.
        public var metric: String
        public var table: CaseTable
        public var structures: [Figure]
        public var mean: Figure
    }

    /// One finding.
    public struct Finding: Sendable {
        public var curve: ROCCurve
        public var point: OperatingPoint
    }

    /// Masks: Dice first.
    public let columns: [Column]
    /// Scores, by finding.
    public let findings: [Finding]
    /// The mean of the findings' areas, over those that have one (`cases`), with percentiles over redrawn patients.
    public let meanArea: Figure?

    public var dice: Column? { columns.first }

    /// - Parameters:
    ///   - figures: of the cases that could be evaluated, in order.
    ///   - truth: the same cases' findings; for scores.
    init(_ run: EvaluationRun, cases: [String], _ figures: [CaseRecord.Figures], truth: [[Bool]]) throws(OsteonError) {
        let names = run.structures.map(\.name)
        if run.task == .classification {
            let scores = figures.map { if case .scores(let scores) = $0 { scores } else { [] as [Double] } }
            var findings: [Finding] = []
            for structure in names.indices {
                let own = scores.map { $0[structure] }, answers = truth.map { $0[structure] }
                findings.append(
                    Finding(
                        curve: try ROCCurve(scores: own, truth: answers),
                        point: try OperatingPoint(scores: own, truth: answers, threshold: run.threshold)))
            }
            self.findings = findings
            columns = []
            let areas = findings.map(\.curve.area).filter { !$0.isNaN }
            meanArea = Figure(
                value: areas.reduce(0, +) / Double(areas.count),
                interval: try run.bootstrap.meanAreaInterval(scores: scores, truth: truth), cases: areas.count)
            return
        }
        let masks = figures.map { if case .masks(let structures) = $0 { structures } else { [] as [StructureMetrics] } }
        var columns: [Column] = []
        for (metric, value) in Self.metrics(run.metrics) {
            let table = try CaseTable(cases: cases, structures: names, values: masks.map { $0.map(value) })
            let intervals = run.bootstrap.intervals(of: table)
            columns.append(
                Column(
                    metric: metric, table: table,
                    structures: names.indices.map {
                        Figure(value: table.mean($0), interval: intervals.structures[$0], cases: table.count($0))
                    },
                    mean: Figure(value: table.meanOfStructures, interval: intervals.mean, cases: cases.count)))
        }
        self.columns = columns
        findings = []
        meanArea = nil
    }

    private static func metrics(_ settings: MetricSettings) -> [(String, (StructureMetrics) -> Double)] {
        var result: [(String, (StructureMetrics) -> Double)] = [("Dice", { $0.dice }), ("IoU", { $0.iou })]
        if settings.hausdorff != nil { result.append(("HD95", { $0.hausdorff ?? .nan })) }
        if settings.surfaceTolerance != nil { result.append(("NSD", { $0.surfaceDice ?? .nan })) }
        return result
    }
}
