import Bytes
import Glibc
import Reporting
import Tensors
import Verification

extension VerificationReport {
    /// The report as a page to read: the verdict, the outputs, and the error of every value two models have in common.
    /// - Parameter model: what was verified, for the title.
    package func page(of model: Model, settings: ModelVerification) -> HTMLPage {
        var page = HTMLPage(
            title: "Verification of \(Paths.name(of: model.path))",
            subtitle: against.map { "against \($0.name)" } ?? "against a reference file",
            footer:
                """
                osteon \(OsteonVersion.current) · tolerance \(settings.tolerance.relativeToMaximum.errorText) of the reference's \
                largest magnitude, or \(settings.tolerance.absolute.errorText)
                """
        )
        page.body.append(cards.html)
        if !outputs.isEmpty { page.add("Outputs against the reference file", Self.table(outputs)) }
        if !dice.isEmpty {
            var table = HTMLTable(["output", "mask", "Dice"], numeric: [2])
            for entry in dice { table.add([.text(entry.output), .text(entry.mask), .text(String(printf: "%.4f", entry.value))]) }
            page.add("Dice", table.html)
        }
        if let against {
            page.add("Outputs", note: "Each model run from the inputs on.", Self.table(against.outputs))
            page.add(
                "Error by layer", note: against.nodes.mode.explanation, against.nodes.chart(tolerance: settings.tolerance.relativeToMaximum)
            )
            page.add(
                "Signal to noise by layer", note: "In decibels; longer is better. Values that are equal have no bar.",
                against.nodes.noiseChart)
            page.add("Every value", against.nodes.table)
        }
        let remarks = notes + (against?.nodes.notes ?? [])
        if !remarks.isEmpty { page.add("Notes", .element("ul", [], remarks.map { .element("li", text: $0) })) }
        return page
    }

    private var cards: HTMLCards {
        var cards = HTMLCards()
        cards.add(passed ? "verified" : "failed", "verdict", tone: passed ? .good : .bad)
        guard let nodes = against?.nodes else { return cards }
        cards.add("\(nodes.steps.count)", "values compared")
        if let worst = nodes.worst {
            cards.add(worst.comparison.maximumRelativeToMaximum.errorText, "largest error by layer: \(worst.value)")
        }
        if let first = nodes.firstFailure { cards.add(first.value, "first past the tolerance", tone: .bad) }
        return cards
    }

    private static func table(_ checks: [OutputCheck]) -> HTML {
        var table = HTMLTable(["output", "max abs", "max rel", "mean abs", "cosine", "SQNR dB", "tolerance"], numeric: [1, 2, 3, 4, 5, 6])
        for check in checks {
            table.add([.text(check.name)] + check.comparison.cells + [.text(check.tolerance.errorText)], isBad: !check.passed)
        }
        return table.html
    }
}

extension NodeWalk.Mode {
    fileprivate var explanation: String {
        switch self {
        case .reinjecting:
            """
            The largest difference in each value, relative to its largest magnitude. Each segment of nodes ran on the other model's \
            own values, so an error is that of its own nodes.
            """
        case .cumulative:
            """
            The largest difference in each value, relative to its largest magnitude. Each model ran on its own values, so errors \
            add up from the inputs on.
            """
        }
    }
}

extension NodeWalkReport {
    fileprivate func chart(tolerance: Double) -> HTML {
        let bars = steps.map { step in
            BarChart.Bar(
                label: step.value, value: step.comparison.maximumRelativeToMaximum,
                valueText: step.comparison.maximumRelativeToMaximum.errorText,
                tip: step.tip, isBad: !step.passed)
        }
        return BarChart(
            bars, scale: .logarithmic, limit: tolerance > 0 ? (tolerance, "tolerance") : nil,
            caption: "Relative to the largest magnitude; logarithmic."
        ).html
    }

    fileprivate var noiseChart: HTML {
        let bars = steps.map { step in
            let decibels = step.comparison.signalToNoiseDecibels
            return BarChart.Bar(
                label: step.value, value: decibels.isFinite ? max(0, decibels) : 0,
                valueText: decibels.isFinite ? String(printf: "%.1f", decibels) : decibels == .infinity ? "equal" : "–", tip: step.tip,
                isBad: !step.passed)
        }
        return BarChart(bars).html
    }

    fileprivate var table: HTML {
        var table = HTMLTable(
            ["value", "shape", "computed by", "max abs", "max rel", "mean abs", "cosine", "SQNR dB"], numeric: [3, 4, 5, 6, 7])
        for step in steps {
            let shape = step.shape.map(String.init).joined(separator: "×")
            table.add([.text(step.value), .text(shape), .text(step.operators)] + step.comparison.cells, isBad: !step.passed)
        }
        return table.html
    }
}

extension NodeWalkReport.Step {
    fileprivate var tip: String { "\(value): \(members)" }
}

extension TensorComparison {
    /// Largest, relative and mean error, cosine and signal to noise.
    fileprivate var cells: [HTML] {
        let errors = [maximumAbsoluteError, maximumRelativeToMaximum, meanAbsoluteError].map { HTML.text($0.errorText) }
        // Where numbers are missing, the sums over the others say nothing.
        if nonFiniteMismatchCount > 0 { return errors + ["–", .text("\(nonFiniteMismatchCount) not finite")] }
        return errors + [
            .text(cosine.isNaN ? "–" : String(printf: "%.6f", cosine)),
            .text(
                signalToNoiseDecibels.isNaN
                    ? "no number"
                    : signalToNoiseDecibels.isFinite
                        ? String(printf: "%.1f", signalToNoiseDecibels) : signalToNoiseDecibels > 0 ? "∞" : "−∞"),
        ]
    }
}
