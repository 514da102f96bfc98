import Bytes
import Metrics

/// A run's figures as comma-separated values: `cases.csv`, `summary.csv`, and
/// `drift.csv` where two models are compared. A figure that isn't there is an empty field.
package enum EvaluationTables {
    /// Writes the tables into a folder, making it where it's missing.
    package static func write(_ summary: EvaluationSummary, to folder: String) throws(OsteonError) {
        try OutputPaths.makeFolder(folder)
        for (name, rows) in tables(summary) { try AtomicFile.write(text: CommaSeparated.text(rows), to: Paths.join(folder, name)) }
    }

    /// The tables there may be.
    package static let fileNames = ["cases.csv", "summary.csv", "drift.csv"]

    /// Each table's file name and its rows, the header first.
    static func tables(_ summary: EvaluationSummary) -> [(name: String, rows: [[String]])] {
        var result = [(fileNames[0], cases(summary)), (fileNames[1], structures(summary))]
        if summary.drift != nil || !summary.areaDrift.isEmpty { result.append((fileNames[2], drift(summary))) }
        return result
    }

    private static func cases(_ summary: EvaluationSummary) -> [[String]] {
        let run = summary.run
        let columns =
            run.task == .segmentation ? ["dice", "iou", "hd95_mm", "nsd", "volume_pred_ml", "volume_ref_ml"] : ["probability", "present"]
        var rows: [[String]] = []
        let models = [run.model.name] + (run.against.map { [$0.name] } ?? [])
        for record in summary.records {
            let item = run.cases[record.index]
            guard let result = record.result else {
                rows.append(
                    [item.name, "", "", "", record.failure ?? ""] + columns.map { _ in "" } + (run.task == .segmentation ? [""] : []))
                continue
            }
            for (model, figures) in zip(models, [result.first, result.second].compactMap { $0 }) {
                for (place, structure) in run.structures.enumerated() {
                    var row = [item.name, model, structure.key, structure.name, ""]
                    switch figures {
                    case .masks(let all):
                        let metrics = all[place]
                        row +=
                            [
                                metrics.dice, metrics.iou, metrics.hausdorff ?? .nan, metrics.surfaceDice ?? .nan, metrics.predictedVolume,
                                metrics.referenceVolume,
                            ].map(number) + [
                                ModelFigures.leftOut(metrics, run.metrics).map { "\($0.metric): \($0.reason)" }.joined(separator: "; ")
                            ]
                    case .scores(let scores): row += [number(scores[place]), result.truth[place] ? "1" : "0"]
                    }
                    rows.append(row)
                }
            }
        }
        return [["case", "model", "label", "structure", "error"] + columns + (run.task == .segmentation ? ["left_out"] : [])] + rows
    }

    private static func structures(_ summary: EvaluationSummary) -> [[String]] {
        let run = summary.run
        var rows = [["model", "label", "structure", "metric", "value", "lower", "upper", "confidence", "cases", "left_out"]]
        let measured = summary.records.count { $0.result != nil }
        func add(_ model: String, _ key: String, _ name: String, _ metric: String, _ value: Double, _ interval: Interval, _ cases: Int) {
            rows.append(
                [model, key, name, metric] + [value, interval.lower, interval.upper, interval.confidence].map(number)
                    + [String(cases), run.task == .segmentation ? String(measured - cases) : ""])
        }
        let models =
            [(run.model.name, summary.first)] + (summary.second.flatMap { second in run.against.map { [($0.name, second)] } } ?? [])
        for (model, figures) in models {
            for column in figures.columns {
                for (structure, figure) in zip(run.structures, column.structures) {
                    add(model, structure.key, structure.name, column.metric, figure.value, figure.interval, figure.cases)
                }
                add(model, "", "mean", column.metric, column.mean.value, column.mean.interval, column.mean.cases)
            }
            let confidence = run.bootstrap.confidence
            for (structure, finding) in zip(run.structures, figures.findings) {
                let count = finding.curve.positives + finding.curve.negatives
                add(model, structure.key, structure.name, "AUC", finding.curve.area, finding.curve.interval(confidence: confidence), count)
                add(
                    model, structure.key, structure.name, "sensitivity", finding.point.sensitivity,
                    finding.point.sensitivityInterval(confidence: confidence), finding.curve.positives)
                add(
                    model, structure.key, structure.name, "specificity", finding.point.specificity,
                    finding.point.specificityInterval(confidence: confidence), finding.curve.negatives)
            }
            if let mean = figures.meanArea {
                add(model, "", "mean", "AUC", mean.value, mean.interval, summary.records.count { $0.result != nil })
            }
        }
        return rows
    }

    private static func drift(_ summary: EvaluationSummary) -> [[String]] {
        var rows = [
            [
                "label", "structure", "metric", "mean_difference", "lower", "upper", "pairs", "worst_case", "worst_difference",
                "share_beyond_tolerance", "unpaired",
            ]
        ]
        for (structure, entry) in zip(summary.run.structures, summary.drift?.structures ?? []) {
            rows.append(
                [structure.key, structure.name, "Dice"] + [entry.meanDifference, entry.interval.lower, entry.interval.upper].map(number)
                    + [
                        String(entry.pairs), entry.worst?.name ?? "", number(entry.worst?.difference ?? .nan),
                        number(entry.beyondTolerance), String(entry.unpaired),
                    ])
        }
        if let drift = summary.drift {
            rows.append(
                ["", "mean", "Dice"] + [drift.meanDifference, drift.interval.lower, drift.interval.upper].map(number) + [
                    "", "", "", "", "",
                ])
        }
        for (structure, entry) in zip(summary.run.structures, summary.areaDrift) {
            let interval = entry.difference?.interval(confidence: summary.run.bootstrap.confidence)
            rows.append(
                [structure.key, structure.name, "AUC"]
                    + [entry.difference?.difference ?? .nan, interval?.lower ?? .nan, interval?.upper ?? .nan].map(number) + [
                        "", "", "", "", "",
                    ])
        }
        return rows
    }

    private static func number(_ value: Double) -> String { value.isNaN ? "" : value.description }
}
