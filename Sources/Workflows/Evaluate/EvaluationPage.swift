import Bytes
import Imaging
import Metrics
import Reporting

/// The report of an evaluation as one page: summary, figures by structure, distributions, drift, the worst cases with the
/// outlines on their slices, and how it was made. The same records give the same bytes.
package enum EvaluationPage {
    package static func page(_ summary: EvaluationSummary) -> HTMLPage {
        let run = summary.run
        var page = HTMLPage(
            title: "Evaluation of \(run.model.name)",
            subtitle: "\(run.cases.count) cases of the list \u{201C}\(run.list)\u{201D} in \(run.dataset)"
                + (run.against.map { ", beside \($0.name)" } ?? ""),
            footer:
                """
                Made by \(run.tool). Run \(run.digest). Everything on this page follows from the cases' records; it loads nothing \
                and runs no script.
                """
        )
        page.body.append(cards(summary).html)
        if !summary.failures.isEmpty { addFailures(summary, to: &page) }
        if !summary.targets.isEmpty { addTargets(summary, to: &page) }
        if run.task == .segmentation { addMasks(summary, to: &page) } else { addFindings(summary, to: &page) }
        addProvenance(run, to: &page)
        return page
    }

    // MARK: Summary

    private static func cards(_ summary: EvaluationSummary) -> HTMLCards {
        var cards = HTMLCards()
        let run = summary.run
        if let mean = summary.first.dice?.mean {
            cards.add(FigureText.figure(mean.value), "mean Dice, \(FigureText.interval(mean.interval))")
        }
        if let mean = summary.first.meanArea {
            cards.add(FigureText.figure(mean.value), "mean AUC of \(mean.cases) findings, \(FigureText.interval(mean.interval))")
        }
        if let targets = run.targets {
            let met = summary.targets.count { $0.isMet }
            cards.add(
                "\(met) of \(summary.targets.count)", "documented figures of \(targets.model) reached",
                tone: summary.meetsTargets ? .good : .bad)
        }
        if let drift = summary.drift {
            let worst = drift.structures.compactMap { $0.worst?.difference }.max { abs($0) < abs($1) }
            cards.add(FigureText.signed(drift.meanDifference), "mean drift of Dice, worst case \(worst.map(FigureText.signed) ?? "—")")
        }
        let done = run.cases.count - summary.failures.count
        cards.add("\(done) of \(run.cases.count)", "cases evaluated", tone: summary.isComplete ? .plain : .bad)
        return cards
    }

    private static func addFailures(_ summary: EvaluationSummary, to page: inout HTMLPage) {
        var table = HTMLTable(["case", "why it couldn't be evaluated"])
        for failure in summary.failures { table.add([.text(failure.name), .text(failure.reason)], isBad: true) }
        page.add("Cases left out", note: "No figure on this page knows of these cases.", table.html)
    }

    private static func addTargets(_ summary: EvaluationSummary, to page: inout HTMLPage) {
        guard let targets = summary.run.targets else { return }
        var table = HTMLTable(["figure", "documented", "measured", "interval", "cases", ""], numeric: [1, 2, 3, 4])
        for (place, check) in summary.targets.enumerated() {
            table.add(
                [
                    .text(summary.targetTitle(place)), .text(FigureText.figure(check.documented)), .text(FigureText.figure(check.measured)),
                    .text(check.interval.map(FigureText.interval) ?? "—"), .text(String(check.cases)),
                    .text(summary.reasonUnmeasured(place).map { "not measured (\($0))" } ?? FigureText.verdict(check)),
                ], isBad: !check.isMet)
        }
        page.add(
            "Documented figures of \(targets.model)",
            note: "Each figure stands for itself, none is worked out from others."
                + (targets.tolerance > 0
                    ? " A result may stay \(FigureText.plain(targets.tolerance)) below and still count as reached." : ""),
            table.html)
    }

    // MARK: Findings

    private static func addFindings(_ summary: EvaluationSummary, to page: inout HTMLPage) {
        let run = summary.run
        let confidence = run.bootstrap.confidence
        var models = [(run.model.name, summary.first)]
        if let against = run.against, let second = summary.second { models.append((against.name, second)) }
        for (name, figures) in models {
            var table = HTMLTable(
                ["finding", "AUC", FigureText.percent(confidence), "sensitivity", "specificity", "with", "without"],
                numeric: [1, 2, 3, 4, 5, 6])
            for (structure, finding) in zip(run.structures, figures.findings) {
                table.add([
                    .text(finding.reasonWithoutArea.map { "\(structure.name) (no AUC: \($0))" } ?? structure.name),
                    .text(FigureText.figure(finding.curve.area)),
                    .text(FigureText.interval(finding.curve.interval(confidence: confidence))),
                    .text(FigureText.figure(finding.point.sensitivity)), .text(FigureText.figure(finding.point.specificity)),
                    .text(String(finding.curve.positives)),
                    .text(String(finding.curve.negatives)),
                ])
            }
            let bars = zip(run.structures, figures.findings).map { structure, finding in
                BarChart.Bar(
                    label: structure.name, value: finding.curve.area, valueText: FigureText.figure(finding.curve.area),
                    isBad: finding.curve.area < 0.5)
            }
            page.add(
                models.count > 1 ? "By finding: \(name)" : "By finding",
                note:
                    """
                    Intervals after DeLong. Sensitivity and specificity where a probability of \(FigureText.plain(run.threshold)) \
                    or more counts as a finding.
                    """,
                table.html, BarChart(bars, limit: (0.5, "chance"), caption: "Area under the ROC curve.").html)
        }
        guard !summary.areaDrift.isEmpty, let against = run.against else { return }
        var table = HTMLTable(["finding", "difference of AUC", FigureText.percent(confidence), "p"], numeric: [1, 2, 3])
        for entry in summary.areaDrift {
            table.add([
                .text(entry.name), .text(entry.difference.map { FigureText.signed($0.difference) } ?? "—"),
                .text(entry.difference.map { FigureText.interval($0.interval(confidence: confidence), signed: true) } ?? "—"),
                .text(entry.difference.map { FigureText.figure($0.pValue) } ?? "—"),
            ])
        }
        page.add("Drift from \(against.name) to \(run.model.name)", note: "Paired test of DeLong on the same cases.", table.html)
    }

    // MARK: Provenance

    private static func addProvenance(_ run: EvaluationRun, to page: inout HTMLPage) {
        var table = HTMLTable(["what", "which", "SHA-256"])
        for (role, model) in [("model", run.model)] + (run.against.map { [("compared with", $0)] } ?? []) {
            for file in model.files { table.add([.text(role), .text("\(model.name): \(file.name)"), .text(file.sha256)]) }
        }
        table.add([.text("data list"), .text("\(run.dataset), \u{201C}\(run.list)\u{201D}"), .text(run.datasetHash)])
        var content = [table.html]
        if !run.procedure.isEmpty { content.append(.element("ul", [], run.procedure.map { .element("li", text: $0) })) }
        page.add("How it was made", .group(content))
    }
}
