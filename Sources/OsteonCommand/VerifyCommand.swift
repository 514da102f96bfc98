import ArgumentParser
import Foundation
import Osteon

/// `osteon verify`: outputs against a reference, or two models against each other.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compare a model's outputs with a reference, or with another model node by node.",
        discussion: """
            With --reference, arrays of the .npz named like inputs are fed and those named like outputs compared. With \
            --against, both models run on the same inputs (the reference's, or seeded ones) and every value both name \
            is compared; the first past the tolerance is named. Exit code 3 where anything fails.
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var engine: EngineOptions

    @Option(help: ArgumentHelp("Inputs and expected outputs.", valueName: "file.npz"))
    var reference: String?

    @Option(help: ArgumentHelp("Another model to compare with.", valueName: "source"))
    var against: String?

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
        var verification = ModelVerification(model, engine: try engine.settings())
        verification.relativeTolerance = tolerance
        verification.absoluteTolerance = absoluteTolerance
        verification.diceThreshold = threshold
        verification.seed = seed
        verification.shapes = try Shapes.byInput(shape, of: model.graph)
        verification.dicePairs = try dice.map { pair throws(OsteonError) in
            guard let equals = pair.lastIndex(of: "=") else { throw OsteonError(.usage, "--dice \(pair): write OUTPUT=MASK.") }
            return (String(pair[..<equals]), String(pair[pair.index(after: equals)...]))
        }
        let report = try verification.run(
            reference: reference, against: try against.map { path throws(OsteonError) in
                try Model.open(path, options: try source.cut.importOptions())
            })
        print(output.json ? report.json.text(.indented) : render(report))
        if !report.passed { throw ExitCode(3) }
    }

    private func render(_ report: VerificationReport) -> String {
        var lines: [String] = []
        if !report.outputs.isEmpty {
            var table = TextTable(["output", "max abs", "max rel", "cosine", "SQNR dB", "tolerance", ""], numeric: [1, 2, 3, 4, 5])
            for check in report.outputs {
                let comparison = check.comparison
                table.add([
                    check.name, comparison.maximumAbsoluteError.errorText, comparison.maximumRelativeToMaximum.errorText,
                    Format.fixed(comparison.cosine, 6),
                    comparison.signalToNoiseDecibels.isFinite ? Format.fixed(comparison.signalToNoiseDecibels, 1) : "∞",
                    check.tolerance.errorText, check.passed ? "passed" : "FAILED",
                ])
            }
            lines.append(table.text)
        }
        for dice in report.dice { lines.append("Dice of \(dice.output) against \(dice.mask): \(Format.fixed(dice.value, 4))") }
        if let walk = report.walk {
            lines.append("\(walk.steps.count) values compared with \(report.againstName ?? "the other model")")
            if let worst = walk.steps.max(by: { $0.comparison.maximumRelativeToMaximum < $1.comparison.maximumRelativeToMaximum }) {
                lines.append("largest difference: \(worst.value), \(worst.comparison.maximumRelativeToMaximum.errorText) of its maximum")
            }
            if let first = walk.firstFailure {
                lines.append("first past the tolerance: \(first.value), \(first.comparison.maximumRelativeToMaximum.errorText) of its maximum")
            }
        }
        for note in report.notes { lines.append("note: \(note)") }
        lines.append(report.passed ? "verified" : "verification FAILED")
        return lines.joined(separator: "\n")
    }
}
