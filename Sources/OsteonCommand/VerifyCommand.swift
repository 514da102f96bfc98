import ArgumentParser
import Foundation
import Osteon

/// `osteon verify`: outputs against a reference, or two models against each other.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compare a model's outputs with a reference, or with another model node by node.",
        discussion: """
            With --reference, arrays of the .npz named like inputs are fed and those named like outputs compared. With \
            --against, every value both models name is compared on the same inputs (the reference's, or seeded ones): by \
            default each stretch of nodes between two such values runs on the other model's own values, so that its error \
            is its own; with --cumulative each model runs on its own values. The first value past the tolerance is named, \
            and the outputs are compared in the end. Exit code 3 where anything fails.
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var engine: EngineOptions

    @Option(help: ArgumentHelp("Inputs and expected outputs.", valueName: "file.npz"))
    var reference: String?

    @Option(help: ArgumentHelp("Another model to compare with.", valueName: "source"))
    var against: String?

    @Flag(help: "With --against: let errors add up from node to node, instead of feeding each node the other model's values.")
    var cumulative = false

    @Option(help: "The largest difference allowed for floating-point outputs, relative to the reference's largest magnitude; integers must be equal.")
    var tolerance = 1e-4

    @Option(name: .customLong("absolute-tolerance"), help: "The same in absolute terms; the wider of the two counts.")
    var absoluteTolerance = 1e-7

    @Option(help: ArgumentHelp("Also report the Dice of OUTPUT against the array MASK of the reference.", valueName: "output=mask"))
    var dice: [String] = []

    @Option(help: "The probability above which a voxel counts for --dice.")
    var threshold = 0.5

    @Option(help: ArgumentHelp("The shape to run at, where dimensions are free and no reference gives it.", valueName: "shape"))
    var shape: [String] = []

    @Option(help: "The seed of the inputs where no reference gives them.")
    var seed: UInt64 = 0

    func validate() throws {
        guard reference != nil || against != nil else {
            throw ValidationError("Give --reference FILE.npz, --against SOURCE, or both.")
        }
    }

    func run() throws {
        let model = try source.open()
        let report = try settings(for: model).run(
            reference: reference,
            against: try against.map { path throws(OsteonError) in try Model.open(path, options: try source.cut.importOptions()) })
        print(output.json ? report.json.text(.indented) : render(report))
        if !report.passed { throw ExitCode(3) }
    }

    private func settings(for model: Model) throws(OsteonError) -> ModelVerification {
        var verification = ModelVerification(model, engine: try engine.settings())
        verification.relativeTolerance = tolerance
        verification.absoluteTolerance = absoluteTolerance
        verification.diceThreshold = threshold
        verification.seed = seed
        verification.walkMode = cumulative ? .cumulative : .reinjecting
        verification.shapes = try Shapes.byInput(shape, of: model.graph)
        var pairs: [(output: String, mask: String)] = []
        for pair in dice {
            guard let equals = pair.lastIndex(of: "=") else { throw OsteonError(.usage, "--dice \(pair): write OUTPUT=MASK.") }
            pairs.append((String(pair[..<equals]), String(pair[pair.index(after: equals)...])))
        }
        verification.dicePairs = pairs
        return verification
    }

    private func render(_ report: VerificationReport) -> String {
        var lines: [String] = []
        if !report.outputs.isEmpty { lines.append(table(report.outputs)) }
        for dice in report.dice { lines.append("Dice of \(dice.output) against \(dice.mask): \(Format.fixed(dice.value, 4))") }
        if let against = report.against { lines += render(against) }
        for note in report.notes { lines.append("note: \(note)") }
        lines.append(report.passed ? "verified" : "verification FAILED")
        return lines.joined(separator: "\n")
    }

    private func table(_ checks: [OutputCheck]) -> String {
        var table = TextTable(["output", "max abs", "max rel", "cosine", "SQNR dB", "tolerance", ""], numeric: [1, 2, 3, 4, 5])
        for check in checks {
            table.add([check.name] + metrics(check.comparison) + [check.tolerance.errorText, check.passed ? "passed" : "FAILED"])
        }
        return table.text
    }

    private func metrics(_ comparison: TensorComparison) -> [String] {
        [
            comparison.maximumAbsoluteError.errorText, comparison.maximumRelativeToMaximum.errorText, Format.fixed(comparison.cosine, 6),
            comparison.signalToNoiseDecibels.isFinite ? Format.fixed(comparison.signalToNoiseDecibels, 1) : "∞",
        ]
    }

    private func render(_ against: WalkVerification) -> [String] {
        let walk = against.nodes
        let what = walk.mode == .reinjecting ? "each with its own error" : "errors added up"
        var lines = ["\(walk.steps.count) values compared with \(against.name), \(what); those that differ most:"]
        let worst = walk.steps.enumerated().sorted {
            let (a, b) = ($0.element.comparison.maximumRelativeToMaximum, $1.element.comparison.maximumRelativeToMaximum)
            return a != b ? a > b : $0.offset < $1.offset
        }
        var nodes = TextTable(["value", "computed by", "max abs", "max rel", "cosine", "SQNR dB", ""], numeric: [2, 3, 4, 5])
        for (_, step) in worst.prefix(10) {
            nodes.add([step.value, step.operators] + metrics(step.comparison) + [step.passed ? "" : "FAILED"])
        }
        lines.append(nodes.text)
        if let first = walk.firstFailure {
            lines.append(
                "first past the tolerance: \(first.value), \(first.comparison.maximumRelativeToMaximum.errorText) of its maximum, computed by \(first.members)")
        }
        lines.append(table(against.outputs))
        return lines + walk.notes.map { "note: \($0)" }
    }
}
