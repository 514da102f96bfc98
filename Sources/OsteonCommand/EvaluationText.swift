import Bytes
import Metrics
import Workflows

/// An evaluation as a person reads it in a terminal.
enum EvaluationText {
    static func lines(_ summary: EvaluationSummary) -> [String] {
        let run = summary.run
        var parts: [[String]] = []
        var models = [(run.model.name, summary.first)]
        if let against = run.against, let second = summary.second { models.append((against.name, second)) }
        for (name, figures) in models {
            let title = models.count > 1 ? [name] : []
            parts.append(title + (run.task == .segmentation ? masks(run, figures) : findings(run, figures)))
        }
        if let drift = summary.drift { parts.append(self.drift(summary, drift)) }
        if !summary.areaDrift.isEmpty { parts.append(areaDrift(summary)) }
        if !summary.targets.isEmpty { parts.append(targets(summary)) }
        if !summary.failures.isEmpty {
            parts.append(
                ["\(summary.failures.count) of \(run.cases.count) cases couldn't be evaluated:"]
                    + summary.failures.map { "  \($0.name): \($0.reason.split(separator: "\n").first ?? "")" })
        }
        return Array(parts.joined(separator: [""]))
    }

    private static func masks(_ run: EvaluationRun, _ figures: ModelFigures) -> [String] {
        let interval = "\(Format.number(run.bootstrap.confidence * 100)) %"
        var table = TextTable(
            ["structure"] + figures.columns.flatMap { [$0.metric, interval, "cases"] }, numeric: Set(1..<3 * figures.columns.count + 1))
        for (place, structure) in run.structures.enumerated() {
            table.add(
                [structure.name]
                    + figures.columns.flatMap {
                        [number($0.structures[place].value), range($0.structures[place].interval), "\($0.structures[place].cases)"]
                    })
        }
        table.add(["mean"] + figures.columns.flatMap { [number($0.mean.value), range($0.mean.interval), "\($0.mean.cases)"] })
        return table.lines + leftOut(run, figures)
    }

    /// A line for each figure's cases without one, by reason.
    private static func leftOut(_ run: EvaluationRun, _ figures: ModelFigures) -> [String] {
        var lines: [String] = []
        for column in figures.columns {
            for (structure, left) in zip(run.structures, column.leftOut) {
                for reason in Set(left.map(\.reason)).sorted() {
                    let names = left.filter { $0.reason == reason }.map(\.caseName)
                    let shown =
                        names.prefix(shownNames).joined(separator: ", ")
                        + (names.count > shownNames ? " and \(names.count - shownNames) more" : "")
                    lines.append("left out of \(column.metric), \(structure.name): \(shown) (\(reason))")
                }
            }
        }
        return lines
    }

    private static let shownNames = 5

    private static func findings(_ run: EvaluationRun, _ figures: ModelFigures) -> [String] {
        let interval = "\(Format.number(run.bootstrap.confidence * 100)) %"
        var table = TextTable(["finding", "AUC", interval, "sensitivity", "specificity", "with", "without"], numeric: [1, 2, 3, 4, 5, 6])
        for (structure, finding) in zip(run.structures, figures.findings) {
            table.add([
                structure.name, number(finding.curve.area), range(finding.curve.interval(confidence: run.bootstrap.confidence)),
                number(finding.point.sensitivity), number(finding.point.specificity), "\(finding.curve.positives)",
                "\(finding.curve.negatives)",
            ])
        }
        if let mean = figures.meanArea { table.add(["mean of \(mean.cases)", number(mean.value), range(mean.interval)]) }
        let left = zip(run.structures, figures.findings).compactMap { structure, finding in
            finding.reasonWithoutArea.map { "left out of the mean AUC: \(structure.name) (\($0))" }
        }
        return table.lines + left
    }

    private static func drift(_ summary: EvaluationSummary, _ drift: Drift) -> [String] {
        var table = TextTable(
            [
                "drift of Dice", "mean", "\(Format.number(summary.run.bootstrap.confidence * 100)) %", "worst case", "",
                "beyond \(Format.number(drift.tolerance))", "masks' Dice", "pairs",
            ],
            numeric: [1, 2, 4, 5, 6, 7])
        for (place, entry) in drift.structures.enumerated() {
            table.add([
                entry.name, signed(entry.meanDifference), "\(signed(entry.interval.lower)) … \(signed(entry.interval.upper))",
                entry.worst?.name ?? "—",
                signed(entry.worst?.difference ?? .nan),
                entry.beyondTolerance.isNaN ? "—" : "\(String(entry.beyondTolerance * 100, digits: 1)) %",
                number(summary.agreement?.structures[place].value ?? .nan),
                entry.unpaired > 0 ? "\(entry.pairs), \(entry.unpaired) with one model's figure alone" : "\(entry.pairs)",
            ])
        }
        table.add(["mean", signed(drift.meanDifference), "\(signed(drift.interval.lower)) … \(signed(drift.interval.upper))"])
        return table.lines
    }

    private static func areaDrift(_ summary: EvaluationSummary) -> [String] {
        var table = TextTable(
            ["drift of AUC", "difference", "\(Format.number(summary.run.bootstrap.confidence * 100)) %", "p"], numeric: [1, 2, 3])
        for entry in summary.areaDrift {
            let interval = entry.difference?.interval(confidence: summary.run.bootstrap.confidence)
            table.add([
                entry.name, signed(entry.difference?.difference ?? .nan),
                interval.map { "\(signed($0.lower)) … \(signed($0.upper))" } ?? "—",
                number(entry.difference?.pValue ?? .nan),
            ])
        }
        return table.lines
    }

    private static func targets(_ summary: EvaluationSummary) -> [String] {
        var table = TextTable(
            ["documented for \(summary.run.targets?.model ?? "")", "documented", "measured", "interval", "cases", ""],
            numeric: [1, 2, 3, 4])
        for (place, check) in summary.targets.enumerated() {
            table.add([
                summary.targetTitle(place), number(check.documented), number(check.measured), check.interval.map(range) ?? "—",
                "\(check.cases)", check.isMet ? "reached" : summary.reasonUnmeasured(place).map { "MISSED, \($0)" } ?? "MISSED",
            ])
        }
        return table.lines
    }

    private static func number(_ value: Double) -> String { value.isNaN ? "—" : value.isInfinite ? "∞" : String(value, digits: 4) }
    private static func signed(_ value: Double) -> String { value.isNaN ? "—" : (value < 0 ? "−" : "+") + number(abs(value)) }
    private static func range(_ interval: Interval) -> String { "\(number(interval.lower)) – \(number(interval.upper))" }
}
