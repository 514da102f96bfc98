import Imaging
import Metrics
import Reporting

/// What the page shows of a segmentation: figures by structure, distributions, drift, the worst cases.
extension EvaluationPage {
    private static let shownCases = 6

    static func addMasks(_ summary: EvaluationSummary, to page: inout HTMLPage) {
        let run = summary.run
        var models = [(run.model.name, summary.first)]
        if let against = run.against, let second = summary.second { models.append((against.name, second)) }
        for (name, figures) in models {
            var header = ["structure"]
            var numeric: Set<Int> = []
            for column in figures.columns {
                numeric.formUnion(header.count...header.count + 2)
                header += [title(column.metric, run), FigureText.percent(run.bootstrap.confidence), "cases"]
            }
            var table = HTMLTable(header, numeric: numeric)
            for (place, structure) in run.structures.enumerated() {
                table.add(
                    [.text(structure.name)]
                        + figures.columns.flatMap { column -> [HTML] in
                            let figure = column.structures[place]
                            return [
                                .text(FigureText.figure(figure.value)), .text(FigureText.interval(figure.interval)),
                                .text(String(figure.cases)),
                            ]
                        })
            }
            table.add(
                [.text("mean")]
                    + figures.columns.flatMap {
                        [
                            .text(FigureText.figure($0.mean.value)), .text(FigureText.interval($0.mean.interval)),
                            .text(String($0.mean.cases)),
                        ]
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
        case "NSD": "NSD at \(FigureText.plain(run.metrics.surfaceTolerance ?? 0)) mm"
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
                "structure", "mean difference", FigureText.percent(run.bootstrap.confidence), "worst case", "difference",
                "beyond \(FigureText.plain(drift.tolerance))", "Dice of both masks", "pairs",
            ],
            numeric: [1, 2, 4, 5, 6, 7])
        for (place, entry) in drift.structures.enumerated() {
            table.add(
                [
                    .text(entry.name), .text(FigureText.signed(entry.meanDifference)),
                    .text(FigureText.interval(entry.interval, signed: true)),
                    .text(entry.worst?.name ?? "—"), .text(entry.worst.map { FigureText.signed($0.difference) } ?? "—"),
                    .text(FigureText.share(entry.beyondTolerance)),
                    .text(FigureText.figure(summary.agreement?.structures[place].value ?? .nan)), .text(String(entry.pairs)),
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
                """
                The same cases through both models. \u{201C}Dice of both masks\u{201D} lays one mask over the other and asks no \
                reference.
                """,
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
                    figures.add(SliceColor.of(place), "\(run.structures[place].name) \(FigureText.figure(metrics.dice))")
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
                """
                By their lowest Dice. The slices are those with most voxels in dispute: colour without outline was found where \
                there's nothing, an outline without colour was missed.
                """,
            legend.html, .group(items))
    }
}
