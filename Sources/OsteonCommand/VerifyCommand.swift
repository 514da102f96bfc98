import ArgumentParser
import Bytes
import Glibc
import Reporting
import Tensors
import Verification
import Workflows

/// `osteon verify`: outputs against a reference, or two models against each other.
struct VerifyCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compare a model's outputs with a reference, or with another model node by node.",
        discussion: """
            With --reference, arrays of the .npz named like inputs are fed and those named like outputs compared. With \
            --against, every value both models name is compared on the same inputs (the reference's, or seeded ones): by \
            default each segment of nodes between two such values runs on the other model's values, so that the error shown is \
            that segment's alone; with --cumulative each model runs on its own values. The first value past the tolerance \
            is named, and the outputs are compared at the end. With --recheck, the checks an .osteon file records are repeated; \
            --reference \
            then gives the file that some of them need. Exit code 3 if any check fails.
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var engine: EngineOptions

    @Option(help: ArgumentHelp("Inputs and expected outputs.", valueName: "file.npz"))
    var reference: String?

    @Option(help: ArgumentHelp("Another model to compare with.", valueName: "source"))
    var against: String?

    @Flag(help: "Repeat the checks recorded in the .osteon file, without the model it was made from.")
    var recheck = false

    @Flag(help: "Check that the .osteon file is signed and unchanged since.")
    var signature = false

    @Option(
        name: .customLong("public-key"),
        help: ArgumentHelp("With --signature: the public key the signature must be of, in PEM form.", valueName: "key.pub.pem"))
    var publicKey: String?

    @Flag(help: "With --against: let errors add up from node to node, instead of feeding each node the other model's values.")
    var cumulative = false

    @Option(
        help:
            """
            The largest difference allowed for floating-point outputs, relative to the reference's largest magnitude; integers must \
            be equal.
            """,
        transform: Number.tolerance)
    var tolerance = 1e-4

    @Option(
        name: .customLong("absolute-tolerance"), help: "The same in absolute terms; the wider of the two counts.",
        transform: Number.tolerance)
    var absoluteTolerance = 1e-7

    @Option(help: ArgumentHelp("Also report the Dice of OUTPUT against the array MASK of the reference.", valueName: "output=mask"))
    var dice: [String] = []

    @Option(help: "The probability above which a voxel counts for --dice.", transform: Number.finite)
    var threshold = 0.5

    @Option(help: ArgumentHelp("Also write the result as an HTML page, with the error drawn by layer.", valueName: "file.html"))
    var html: String?

    @Option(help: ArgumentHelp("The shape to run at, where dimensions are free and no reference gives it.", valueName: "shape"))
    var shape: [String] = []

    @Option(help: "The seed of the inputs where no reference gives them.")
    var seed: UInt64 = 0

    var limits: ProcessLimits { ProcessLimits(output, engine) }

    func validate() throws {
        guard reference != nil || against != nil || recheck || signature else {
            throw ValidationError("Give --reference FILE.npz, --against SOURCE, --recheck or --signature.")
        }
        if publicKey != nil, !signature { throw ValidationError("--public-key gives the key that --signature must be of.") }
    }

    func run() throws {
        if let html { try OutputPaths.check([html], inputs: [source.source, reference, against, publicKey].compactMap { $0 }) }
        let key = try publicKey.map { path throws(OsteonError) in try VerifyingKey.open(path) }
        let model = try source.open(reference: reference)
        let verification = try settings(for: model)
        var report = VerificationReport()
        if (reference != nil && !recheck) || against != nil {
            report = try verification.run(
                reference: recheck ? nil : reference,
                against: try against.map { path throws(OsteonError) in try Model.open(path, options: try source.cut.importOptions()) })
        }
        if signature { report.signature = try SignatureCheck(model, by: key) }
        if recheck {
            var repetition = ModelRecheck(model, engine: try engine.settings())
            repetition.reference = reference
            report.recheck = try repetition.run(progress: output.progress)
        }
        if let html { try report.page(of: model, settings: verification).write(to: html) }
        if output.json { try Console.show(report.json) } else { try Console.show(render(report)) }
        if !report.passed { throw ExitCode(3) }
    }

    private func settings(for model: Model) throws(OsteonError) -> ModelVerification {
        var verification = ModelVerification(model, engine: try engine.settings())
        verification.tolerance = Tolerance(absolute: absoluteTolerance, relativeToMaximum: tolerance)
        verification.diceThreshold = threshold
        verification.seed = seed
        verification.walkMode = cumulative ? .cumulative : .reinjecting
        verification.shapes = try model.shapes(for: ShapeArgument.requests(shape))
        var pairs: [(output: String, mask: String)] = []
        for pair in dice {
            guard let equals = pair.lastIndex(of: "=") else { throw OsteonError(.usage, "--dice \(pair): write OUTPUT=MASK.") }
            pairs.append((String(pair[..<equals]), String(pair[pair.index(after: equals)...])))
        }
        verification.dicePairs = pairs
        return verification
    }

    private func render(_ report: VerificationReport) -> [String] {
        var lines: [String] = []
        if !report.outputs.isEmpty { lines += table(report.outputs) }
        for dice in report.dice { lines.append("Dice of \(dice.output) against \(dice.mask): \(String(dice.value, digits: 4))") }
        if let against = report.against { lines += render(against) }
        if let signature = report.signature {
            lines.append(
                """
                signed by \
                \(signature.fingerprint)\(signature.isKeyKnown ? "" : ", an unknown key: give --public-key to check whose signature it is")
                """
            )
        }
        if let recheck = report.recheck { lines += render(recheck) }
        for note in report.notes { lines.append("note: \(note)") }
        let isUnrepeated = report.recheck.map { recheck in !recheck.entries.contains { $0.outcome != .notRun } } ?? false
        lines.append(
            report.passed
                ? "verified"
                : report.comparesNothing && (report.outputs + (report.against?.outputs ?? [])).allSatisfy(\.passed)
                    ? "NOT verified: no value of any output is a number, so nothing was compared"
                    : isUnrepeated ? "NOT verified: no check could be repeated" : "verification FAILED")
        return lines
    }

    private func render(_ report: RecheckReport) -> [String] {
        var table = TextTable(["check", "", "what was found"])
        for entry in report.entries {
            let outcome =
                switch entry.outcome {
                case .passed: "passed"
                case .failed: "FAILED"
                case .notRun: "not repeated"
                }
            table.add([entry.kind.replacing("_", with: " "), outcome, entry.detail])
        }
        return table.lines
    }

    private func table(_ checks: [OutputCheck]) -> [String] {
        var table = TextTable(["output", "max abs", "max rel", "cosine", "SQNR dB", "tolerance", ""], numeric: [1, 2, 3, 4, 5])
        for check in checks {
            table.add([check.name] + metrics(check.comparison) + [check.tolerance.errorText, check.passed ? "passed" : "FAILED"])
        }
        return table.lines
    }

    private func metrics(_ comparison: TensorComparison) -> [String] {
        let errors = [comparison.maximumAbsoluteError.errorText, comparison.maximumRelativeToMaximum.errorText]
        // Where numbers are missing, the sums over the others say nothing.
        if comparison.nonFiniteMismatchCount > 0 { return errors + ["–", "\(comparison.nonFiniteMismatchCount) not finite"] }
        let noise = comparison.signalToNoiseDecibels
        if noise.isNaN { return errors + ["–", comparison.count == 0 ? "–" : "no number"] }
        return errors + [String(comparison.cosine, digits: 6), noise.isFinite ? String(noise, digits: 1) : noise > 0 ? "∞" : "−∞"]
    }

    private func render(_ against: WalkVerification) -> [String] {
        let walk = against.nodes
        let what = walk.mode == .reinjecting ? "each with its own error" : "errors added up"
        let differing = walk.steps.filter { $0.comparison.maximumAbsoluteError > 0 }.enumerated().sorted {
            let (a, b) = ($0.element.comparison.maximumRelativeToMaximum, $1.element.comparison.maximumRelativeToMaximum)
            return a != b ? a > b : $0.offset < $1.offset
        }
        let few = 10
        var lines = [
            "\(walk.steps.count) values compared with \(against.name), \(what): \(differing.isEmpty ? walk.steps.contains { $0.comparison.finiteCount > 0 } ? "all equal" : "no number among them" : "\(differing.count) differ")"
        ]
        var nodes = TextTable(["value", "computed by", "max abs", "max rel", "cosine", "SQNR dB", ""], numeric: [2, 3, 4, 5])
        for (_, step) in differing.prefix(few) {
            nodes.add([step.value, step.operators] + metrics(step.comparison) + [step.passed ? "" : "FAILED"])
        }
        if !differing.isEmpty { lines += nodes.lines }
        if differing.count > few { lines.append("… and \(differing.count - few) that differ less; --json and --html list them all") }
        if let first = walk.firstFailure {
            lines.append(
                """
                first past the tolerance: \(first.value), \(first.comparison.maximumRelativeToMaximum.errorText) of its maximum, \
                computed by \(first.members)
                """
            )
        }
        lines += table(against.outputs)
        return lines + walk.notes.map { "note: \($0)" }
    }
}
