import Bytes
import Metrics

/// One model's figures over all cases.
package struct ModelFigures: Sendable {
    /// A mean with the interval it lies in.
    package struct Figure: Sendable {
        package var value: Double
        package var interval: Interval
        /// Cases that have one.
        package var cases: Int
    }

    /// A case that has no figure of a metric for a structure, so that no mean knows of it.
    package struct LeftOut: Sendable {
        package var caseName: String
        /// For people: `the reference is empty`.
        package var reason: String
    }

    /// One metric, by structure, and the mean of these means.
    package struct Column: Sendable {
        /// `Dice`, `IoU`, `HD95`, `NSD`.
        package var metric: String
        package var table: CaseTable
        package var structures: [Figure]
        /// Its `cases` are those with a figure for any structure.
        package var mean: Figure
        /// By structure: the cases its mean leaves out.
        package var leftOut: [[LeftOut]] = []
    }

    /// One finding.
    package struct Finding: Sendable {
        package var curve: ROCCurve
        package var point: OperatingPoint

        /// Why it has no area, for people; nil where it has one.
        package var reasonWithoutArea: String? {
            curve.positives == 0 ? "no case has it" : curve.negatives == 0 ? "every case has it" : nil
        }
    }

    /// Masks: Dice first.
    package let columns: [Column]
    /// Scores, by finding.
    package let findings: [Finding]
    /// The mean of the findings' areas, over those that have one (`cases`), with percentiles over redrawn patients.
    package let meanArea: Figure?

    package var dice: Column? { columns.first }

    /// - Parameters:
    ///   - figures: of the cases that could be evaluated, in order.
    ///   - truth: the same cases' findings; for scores.
    init(_ run: EvaluationRun, cases: [String], _ figures: [CaseRecord.Figures], truth: [[Bool]]) throws(OsteonError) {
        let names = run.structures.map(\.name)
        if run.task == .classification {
            let scores = figures.map { if case .scores(let scores) = $0 { scores } else { [] as [Double] } }
            var findings: [Finding] = []
            for structure in names.indices {
                let own = scores.map { $0[structure] }
                let answers = truth.map { $0[structure] }
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
                    mean: Figure(value: table.meanOfStructures, interval: intervals.mean, cases: table.countOfAny),
                    leftOut: names.indices.map { place in
                        zip(cases, masks).compactMap { name, structures in
                            value(structures[place]).isNaN ? LeftOut(caseName: name, reason: structures[place].counts.emptiness) : nil
                        }
                    }))
        }
        self.columns = columns
        findings = []
        meanArea = nil
    }

    /// The metrics that a case has no figure of, and why.
    static func leftOut(_ structure: StructureMetrics, _ settings: MetricSettings) -> [(metric: String, reason: String)] {
        metrics(settings).compactMap { $1(structure).isNaN ? ($0, structure.counts.emptiness) : nil }
    }

    private static func metrics(_ settings: MetricSettings) -> [(String, (StructureMetrics) -> Double)] {
        var result: [(String, (StructureMetrics) -> Double)] = [("Dice", { $0.dice }), ("IoU", { $0.iou })]
        if settings.hausdorff != nil { result.append(("HD95", { $0.hausdorff ?? .nan })) }
        if settings.surfaceTolerance != nil { result.append(("NSD", { $0.surfaceDice ?? .nan })) }
        return result
    }
}

extension OverlapCounts {
    /// Which of the masks is empty, for people: why a figure isn't there.
    fileprivate var emptiness: String {
        switch (predicted == 0, referenced == 0) {
        case (true, true): "both masks are empty"
        case (false, true): "the reference is empty"
        case (true, false): "the prediction is empty"
        case (false, false): "the figure isn't a number"
        }
    }
}
