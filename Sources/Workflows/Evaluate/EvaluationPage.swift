import Bytes
import Imaging
import Metrics
import Reporting

/// The report of an evaluation as one page: summary, figures by structure, distributions, drift, the worst cases with the
/// outlines on their slices, and how it was made. The same records give the same bytes.
package enum EvaluationPage {
    private static let shownCases = 6

    package static func page(_ summary: EvaluationSummary) -> HTMLPage {
        let run = summary.run
        var page = HTMLPage(
            title: "Evaluation of \(run.model.name)",
            subtitle: "\(run.cases.count) cases of the list \u{201C}\(run.list)\u{201D} in \(run.dataset)"
                + (run.against.map { ", beside \($0.name)" } ?? ""),
            footer:
                "Made by \(run.tool). Run \(run.digest). Everything on this page follows from the cases' records; it loads nothing and runs no script."
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
            cards.add(Text.figure(mean.value), "mean Dice, \(Text.interval(mean.interval))")
        }
        if let mean = summary.first.meanArea {
            cards.add(Text.figure(mean.value), "mean AUC of \(mean.cases) findings, \(Text.interval(mean.interval))")
        }
        if let targets = run.targets {
            let met = summary.targets.count { $0.isMet }
            cards.add(
                "\(met) of \(summary.targets.count)", "documented figures of \(targets.model) reached",
                tone: summary.meetsTargets ? .good : .bad)
        }
        if let drift = summary.drift {
            let worst = drift.structures.compactMap { $0.worst?.difference }.max { abs($0) < abs($1) }
            cards.add(Text.signed(drift.meanDifference), "mean drift of Dice, worst case \(worst.map(Text.signed) ?? "—")")
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
                    .text(summary.targetTitle(place)), .text(Text.figure(check.documented)), .text(Text.figure(check.measured)),
                    .text(check.interval.map(Text.interval) ?? "—"), .text(String(check.cases)),
                    .text(summary.reasonUnmeasured(place).map { "not measured (\($0))" } ?? Text.verdict(check)),
                ], isBad: !check.isMet)
        }
        page.add(
            "Documented figures of \(targets.model)",
            note: "Each figure stands for itself, none is worked out from others."
                + (targets.tolerance > 0 ? " A result may stay \(Text.plain(targets.tolerance)) below and still count as reached." : ""),
            table.html)
    }

    // MARK: Masks

    private static func addMasks(_ summary: EvaluationSummary, to page: inout HTMLPage) {
        let run = summary.run
        var models = [(run.model.name, summary.first)]
        if let against = run.against, let second = summary.second { models.append((against.name, second)) }
        for (name, figures) in models {
            var header = ["structure"]
            var numeric: Set<Int> = []
            for column in figures.columns {
                numeric.formUnion(header.count...header.count + 2)
                header += [title(column.metric, run), Text.percent(run.bootstrap.confidence), "cases"]
            }
            var table = HTMLTable(header, numeric: numeric)
            for (place, structure) in run.structures.enumerated() {
                table.add(
                    [.text(structure.name)]
                        + figures.columns.flatMap { column -> [HTML] in
                            let figure = column.structures[place]
                            return [.text(Text.figure(figure.value)), .text(Text.interval(figure.interval)), .text(String(figure.cases))]
                        })
            }
            table.add(
                [.text("mean")]
                    + figures.columns.flatMap {
                        [.text(Text.figure($0.mean.value)), .text(Text.interval($0.mean.interval)), .text(String($0.mean.cases))]
                    })
            page.add(
                models.count > 1 ? "By structure: \(name)" : "By structure", note: figures.columns.isEmpty ? "" : note(run), table.html)
            addLeftOut(run, figures, title: models.count > 1 ? "Left out of means: \(name)" : "Left out of means", to: &page)
        }
        if let dice = summary.first.dice { page.add("Dice of every case", distribution(dice, run)) }
        if let drift = summary.drift { addDrift(summary, drift, to: &page) }
        addWorst(summary, to: &page)
    }

    private static func addLeftOut(_ run: EvaluationRun, _ figures: ModelFigures, title: String, to page: inout HTMLPage) {
        var table = HTMLTable(["structure", "figure", "case", "why"])
        var isEmpty = true
        for column in figures.columns {
            for (structure, left) in zip(run.structures, column.leftOut) {
                for entry in left {
                    table.add([.text(structure.name), .text(column.metric), .text(entry.caseName), .text(entry.reason)])
                    isEmpty = false
                }
            }
        }
        if !isEmpty { page.add(title, note: "These cases have no such figure, so the means above are of the others.", table.html) }
    }

    private static func title(_ metric: String, _ run: EvaluationRun) -> String {
        switch metric {
        case "HD95": "HD95 mm"
        case "NSD": "NSD at \(Text.plain(run.metrics.surfaceTolerance ?? 0)) mm"
        default: metric
        }
    }

    private static func note(_ run: EvaluationRun) -> String {
        var parts = ["On the reference labels' own grid. Empty masks by the rule of \(run.metrics.emptyMasks.rawValue)."]
        if let rule = run.metrics.hausdorff { parts.append("HD95 as \(rule.rawValue) defines it.") }
        if run.metrics.surfaceTolerance != nil { parts.append("NSD counts \(run.metrics.surfacePieces.rawValue).") }
        parts.append("Intervals are percentiles over \(run.bootstrap.draws) draws of the patients (seed \(run.bootstrap.seed)).")
        return parts.joined(separator: " ")
    }

    private static func distribution(_ column: ModelFigures.Column, _ run: EvaluationRun) -> HTML {
        let groups = run.structures.enumerated().map { place, structure in
            StripChart.Group(
                label: structure.name,
                points: zip(column.table.cases, column.table.column(place)).map { StripChart.Point(name: $0, value: $1, isBad: $1 < 0.5) })
        }
        // From the tenth below the worst case.
        let least = groups.flatMap(\.points).map(\.value).filter(\.isFinite).min() ?? 0
        return StripChart(
            groups, range: max(0, (least * 10).rounded(.down) / 10)...1,
            caption: "Each point is a case; the box holds the middle half, the line in it is the median."
        ).html
    }

    private static func addDrift(_ summary: EvaluationSummary, _ drift: Drift, to page: inout HTMLPage) {
        let run = summary.run
        let from = run.against?.name ?? ""
        let to = run.model.name
        var table = HTMLTable(
            [
                "structure", "mean difference", Text.percent(run.bootstrap.confidence), "worst case", "difference",
                "beyond \(Text.plain(drift.tolerance))", "Dice of both masks", "pairs",
            ],
            numeric: [1, 2, 4, 5, 6, 7])
        for (place, entry) in drift.structures.enumerated() {
            table.add(
                [
                    .text(entry.name), .text(Text.signed(entry.meanDifference)), .text(Text.interval(entry.interval, signed: true)),
                    .text(entry.worst?.name ?? "—"), .text(entry.worst.map { Text.signed($0.difference) } ?? "—"),
                    .text(Text.share(entry.beyondTolerance)),
                    .text(Text.figure(summary.agreement?.structures[place].value ?? .nan)), .text(String(entry.pairs)),
                ], isBad: abs(entry.worst?.difference ?? 0) > drift.tolerance)
        }
        let groups = run.structures.enumerated().map { place, structure in
            StripChart.Group(
                label: structure.name,
                points: zip(drift.differences.cases, drift.differences.column(place)).map {
                    StripChart.Point(name: $0, value: $1, isBad: abs($1) > drift.tolerance)
                })
        }
        var content = [
            table.html, StripChart(groups, limit: (0, "no drift"), caption: "Dice of \(to) less that of \(from), case by case.").html,
        ]
        if let mine = summary.first.dice?.table, let other = summary.second?.dice?.table {
            let points = run.structures.indices.flatMap { place in
                mine.cases.indices.map { index in
                    ScatterChart.Point(
                        name: "\(mine.cases[index]), \(run.structures[place].name)", x: other.values[index][place],
                        y: mine.values[index][place],
                        isBad: abs(mine.values[index][place] - other.values[index][place]) > drift.tolerance)
                }
            }
            content.append(
                ScatterChart(points, xName: "Dice of \(from)", yName: "Dice of \(to)", caption: "On the line both models are equally good.")
                    .html)
        }
        page.add(
            "Drift from \(from) to \(to)",
            note:
                "The same cases through both models. \u{201C}Dice of both masks\u{201D} lays one mask over the other and asks no reference.",
            .group(content))
    }

    private static func addWorst(_ summary: EvaluationSummary, to page: inout HTMLPage) {
        let worst = summary.worstCases(shownCases)
        guard !worst.isEmpty else { return }
        let run = summary.run
        var legend = HTMLLegend()
        for (place, structure) in run.structures.enumerated() { legend.add(SliceColor.of(place), structure.name) }
        legend.add([128, 128, 128], "the model's mask")
        legend.add([128, 128, 128], "the reference's outline", isOutline: true)
        let items = worst.map { record, _ -> HTML in
            let result = record.result
            let name = run.cases[record.index].name
            var figures = HTMLLegend()
            figures.add(name)
            if case .masks(let structures)? = result?.first {
                for (place, metrics) in structures.enumerated() where place < run.structures.count {
                    figures.add(SliceColor.of(place), "\(run.structures[place].name) \(Text.figure(metrics.dice))")
                }
            }
            var pictures = HTMLPictures()
            for picture in result?.pictures ?? [] {
                pictures.add(
                    png: picture.png, caption: SliceOverlay.caption(picture.plane),
                    description: "\(picture.plane) slice of \(name) with the masks")
            }
            return .element("article", [], [figures.html, pictures.html])
        }
        page.add(
            "The worst cases",
            note:
                "By their lowest Dice. The slices are those with most voxels in dispute: colour without outline was found where there's nothing, an outline without colour was missed.",
            legend.html, .group(items))
    }

    // MARK: Findings

    private static func addFindings(_ summary: EvaluationSummary, to page: inout HTMLPage) {
        let run = summary.run
        let confidence = run.bootstrap.confidence
        var models = [(run.model.name, summary.first)]
        if let against = run.against, let second = summary.second { models.append((against.name, second)) }
        for (name, figures) in models {
            var table = HTMLTable(
                ["finding", "AUC", Text.percent(confidence), "sensitivity", "specificity", "with", "without"], numeric: [1, 2, 3, 4, 5, 6])
            for (structure, finding) in zip(run.structures, figures.findings) {
                table.add([
                    .text(finding.reasonWithoutArea.map { "\(structure.name) (no AUC: \($0))" } ?? structure.name),
                    .text(Text.figure(finding.curve.area)), .text(Text.interval(finding.curve.interval(confidence: confidence))),
                    .text(Text.figure(finding.point.sensitivity)), .text(Text.figure(finding.point.specificity)),
                    .text(String(finding.curve.positives)),
                    .text(String(finding.curve.negatives)),
                ])
            }
            let bars = zip(run.structures, figures.findings).map { structure, finding in
                BarChart.Bar(
                    label: structure.name, value: finding.curve.area, valueText: Text.figure(finding.curve.area),
                    isBad: finding.curve.area < 0.5)
            }
            page.add(
                models.count > 1 ? "By finding: \(name)" : "By finding",
                note:
                    "Intervals after DeLong. Sensitivity and specificity where a probability of \(Text.plain(run.threshold)) or more counts as a finding.",
                table.html, BarChart(bars, limit: (0.5, "chance"), caption: "Area under the ROC curve.").html)
        }
        guard !summary.areaDrift.isEmpty, let against = run.against else { return }
        var table = HTMLTable(["finding", "difference of AUC", Text.percent(confidence), "p"], numeric: [1, 2, 3])
        for entry in summary.areaDrift {
            table.add([
                .text(entry.name), .text(entry.difference.map { Text.signed($0.difference) } ?? "—"),
                .text(entry.difference.map { Text.interval($0.interval(confidence: confidence), signed: true) } ?? "—"),
                .text(entry.difference.map { Text.figure($0.pValue) } ?? "—"),
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

/// Figures as people read them.
private enum Text {
    static func figure(_ value: Double) -> String {
        value.isNaN ? "—" : value.isInfinite ? "∞" : rounded(value, 4)
    }

    static func signed(_ value: Double) -> String {
        value.isNaN ? "—" : (value < 0 ? "−" : "+") + figure(abs(value))
    }

    static func interval(_ interval: Interval) -> String { "\(figure(interval.lower)) – \(figure(interval.upper))" }
    static func interval(_ interval: Interval, signed isSigned: Bool) -> String { "\(signed(interval.lower)) … \(signed(interval.upper))" }
    static func percent(_ share: Double) -> String { "\(plain((share * 1000).rounded() / 10)) % interval" }
    static func share(_ value: Double) -> String { value.isNaN ? "—" : "\(rounded(value * 100, 1)) %" }
    static func plain(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? value.description }

    static func verdict(_ check: TargetCheck) -> String {
        check.measured.isNaN
            ? "not measured"
            : check.isMet
                ? (check.isUncertain ? "reached, within the interval" : "reached")
                : (check.isUncertain ? "missed, within the interval" : "missed")
    }

    private static func rounded(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e15 else { return value.description }
        let whole = Int(scaled) / Int(scale)
        let part = String(Int(scaled) % Int(scale))
        return (value < 0 ? "−" : "") + "\(whole)." + String(repeating: "0", count: max(0, digits - part.count)) + part
    }
}
