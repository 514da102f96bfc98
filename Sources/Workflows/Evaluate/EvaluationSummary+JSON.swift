import Bytes
import Metrics

extension EvaluationSummary {
    package static let schema = "osteon.evaluation.1"

    /// nnU-Net's `summary.json` (`metric_per_case`, `mean`, `foreground_mean`) with keys of our own beside.
    package var json: JSONValue {
        .record([
            ("schema", .string(Self.schema)), ("task", .string(run.task.rawValue)),
            ("labels", .object(run.structures.map { JSONValue.Member($0.key, .string($0.name)) })),
            ("metric_per_case", .array(records.map(caseEntry))),
            ("mean", means(first)), ("foreground_mean", foreground(first)), ("intervals", intervals(first)),
            ("left_out", leftOut(first)),
            ("targets", .array(targets.map(\.json))), ("targets_met", targets.isEmpty ? .null : .bool(meetsTargets)),
            (
                "against",
                second.map {
                    .record([
                        ("mean", means($0)), ("foreground_mean", foreground($0)), ("intervals", intervals($0)), ("left_out", leftOut($0)),
                    ])
                } ?? .null
            ),
            ("drift", driftEntry),
            ("failed", .array(failures.map { .record([("case", .string($0.name)), ("error", .string($0.reason))]) })),
            ("provenance", provenance),
        ])
    }

    private func caseEntry(_ record: CaseRecord) -> JSONValue {
        let item = run.cases[record.index]
        var members: [(String, JSONValue)] = [
            ("case", .string(item.name)), ("image_files", .array(item.images.map { .string($0) })),
            ("reference_file", item.label.isEmpty ? .null : .string(item.label)), ("prediction_file", .null),
        ]
        if let result = record.result {
            members.append(("sha256", result.files.json))
            members.append(("metrics", caseMetrics(result.first, result.truth)))
            if let second = result.second { members.append(("metrics_against", caseMetrics(second, result.truth))) }
            if !result.agreement.isEmpty { members.append(("dice_of_both_masks", byStructure(result.agreement.map { .number($0) }))) }
        } else {
            members.append(("error", .string(record.failure ?? "")))
        }
        return .record(members)
    }

    private func caseMetrics(_ figures: CaseRecord.Figures, _ truth: [Bool]) -> JSONValue {
        switch figures {
        case .masks(let structures): byStructure(structures.map(\.json))
        case .scores(let scores):
            byStructure(zip(scores, truth).map { .record([("probability", .number($0)), ("present", .bool($1))]) })
        }
    }

    private func byStructure(_ values: [JSONValue]) -> JSONValue {
        .object(zip(run.structures, values).map { JSONValue.Member($0.key, $1) })
    }

    private func means(_ figures: ModelFigures) -> JSONValue {
        if run.task == .classification {
            return byStructure(
                figures.findings.map {
                    .record([
                        ("AUC", .number($0.curve.area)), ("sensitivity", .number($0.point.sensitivity)),
                        ("specificity", .number($0.point.specificity)),
                        ("n_positive", .integer($0.curve.positives)), ("n_negative", .integer($0.curve.negatives)),
                    ])
                })
        }
        return byStructure(
            run.structures.indices.map { place in
                .record(
                    figures.columns.map { ($0.metric, .number($0.structures[place].value)) }
                        + [
                            ("n_cases", .integer(figures.dice?.structures[place].cases ?? 0)),
                            ("n_cases_by_metric", .record(figures.columns.map { ($0.metric, .integer($0.structures[place].cases)) })),
                        ])
            })
    }

    /// What no mean counts, and why.
    private func leftOut(_ figures: ModelFigures) -> JSONValue {
        var entries: [JSONValue] = []
        for (structure, finding) in zip(run.structures, figures.findings) {
            guard let reason = finding.reasonWithoutArea else { continue }
            entries.append(.record([("label", .string(structure.key)), ("metric", "AUC"), ("case", .null), ("reason", .string(reason))]))
        }
        for column in figures.columns {
            for (structure, left) in zip(run.structures, column.leftOut) {
                for entry in left {
                    entries.append(
                        .record([
                            ("label", .string(structure.key)), ("metric", .string(column.metric)), ("case", .string(entry.caseName)),
                            ("reason", .string(entry.reason)),
                        ]))
                }
            }
        }
        return .array(entries)
    }

    private func foreground(_ figures: ModelFigures) -> JSONValue {
        if let mean = figures.meanArea { return .record([("AUC", .number(mean.value)), ("n_labels", .integer(mean.cases))]) }
        return .record(
            figures.columns.map { ($0.metric, .number($0.mean.value)) }
                + [("n_cases_by_metric", .record(figures.columns.map { ($0.metric, .integer($0.mean.cases)) }))])
    }

    private func intervals(_ figures: ModelFigures) -> JSONValue {
        let structures: JSONValue
        let mean: JSONValue
        if let area = figures.meanArea {
            structures = byStructure(
                figures.findings.map {
                    let confidence = run.bootstrap.confidence
                    return .record([
                        ("AUC", $0.curve.interval(confidence: confidence).json),
                        ("sensitivity", $0.point.sensitivityInterval(confidence: confidence).json),
                        ("specificity", $0.point.specificityInterval(confidence: confidence).json),
                    ])
                })
            mean = .record([("AUC", area.interval.json)])
        } else {
            structures = byStructure(
                run.structures.indices.map { place in .record(figures.columns.map { ($0.metric, $0.structures[place].interval.json) }) })
            mean = .record(figures.columns.map { ($0.metric, $0.mean.interval.json) })
        }
        return .record([("structures", structures), ("foreground_mean", mean)])
    }

    private var driftEntry: JSONValue {
        guard let against = run.against else { return .null }
        var members: [(String, JSONValue)] = [("from", .string(against.name)), ("to", .string(run.model.name))]
        if let drift {
            members += [
                ("metric", "Dice"), ("tolerance", .number(drift.tolerance)), ("mean_difference", .number(drift.meanDifference)),
                ("interval", drift.interval.json), ("structures", byStructure(drift.structures.map(\.json))),
                (
                    "dice_of_both_masks",
                    byStructure(
                        (agreement?.structures ?? []).map { .record([("mean", .number($0.value)), ("interval", $0.interval.json)]) })
                ),
            ]
        } else {
            members += [
                ("metric", "AUC"),
                (
                    "structures",
                    byStructure(
                        areaDrift.map { entry in
                            .record([
                                ("difference", .number(entry.difference?.difference ?? .nan)),
                                ("interval", entry.difference?.interval(confidence: run.bootstrap.confidence).json ?? .null),
                                ("p", .number(entry.difference?.pValue ?? .nan)),
                            ])
                        })
                ),
            ]
        }
        return .record(members)
    }

    private var provenance: JSONValue {
        let json = run.json
        return .record(
            ["tool", "model", "against", "dataset", "settings", "procedure"].map { ($0, json[$0] ?? .null) } + [
                ("run", .string(run.digest))
            ])
    }
}

extension Drift.Structure {
    fileprivate var json: JSONValue {
        .record([
            ("mean_difference", .number(meanDifference)), ("interval", interval.json), ("n_pairs", .integer(pairs)),
            ("n_unpaired", .integer(unpaired)), ("worst_case", worst.map { .string($0.name) } ?? .null),
            ("worst_difference", .number(worst?.difference ?? .nan)), ("share_beyond_tolerance", .number(beyondTolerance)),
        ])
    }
}

extension TargetCheck {
    fileprivate var json: JSONValue {
        .record([
            ("metric", .string(metric)), ("name", .string(name)), ("documented", .number(documented)), ("tolerance", .number(tolerance)),
            ("measured", .number(measured)), ("interval", interval?.json ?? .null), ("n_cases", .integer(cases)), ("met", .bool(isMet)),
        ])
    }
}
