import ArgumentParser
import Glibc
import Workflows

/// `osteon convert`: import, optimise, prove, write.
struct ConvertCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Convert a model into one native file, checked against the original.",
        discussion: """
            The optimised graph is always compared with the imported one, on the inputs of --reference or seeded ones, and with \
            --reference also \
            with the source framework's outputs; where either fails nothing is written (exit code 3).
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var engine: EngineOptions

    @Option(name: [.customShort("o"), .customLong("out")], help: ArgumentHelp("The file to write.", valueName: "out.osteon"))
    var destination: String

    @Flag(name: .customLong("no-optimize"), help: "Write the graph as imported.")
    var noOptimize = false

    @Option(help: ArgumentHelp("Run only these passes, with commas between them.", valueName: "a,b"))
    var passes: String?

    @Option(name: .customLong("skip-pass"), help: ArgumentHelp("Leave this pass out.", valueName: "a"))
    var skipPass: [String] = []

    @Option(
        name: .customLong("stop-after"), help: ArgumentHelp("Stop after this many rewrites (to find the one that breaks).", valueName: "n"),
        transform: Number.countOrNone)
    var stopAfter: Int?

    @Flag(help: "Explain what each rewrite did and why.")
    var explain = false

    @Flag(help: "Run the graph before and after each rewrite and stop at the first that breaks its promise (slow).")
    var check = false

    @Option(
        help: ArgumentHelp(
            "Also compare with these outputs of the source framework (arrays named by input and output).", valueName: "file.npz"))
    var reference: String?

    @Option(help: ArgumentHelp("The shape to compare at, where dimensions are free.", valueName: "shape"))
    var shape: [String] = []

    @Option(
        help:
            """
            The largest difference allowed from the imported graph and from the reference, relative to the largest magnitude of an \
            output.
            """,
        transform: Number.tolerance)
    var tolerance = 1e-4

    var limits: ProcessLimits { ProcessLimits(output, engine) }

    func run() throws {
        var conversion = Conversion(source: source.source, importOptions: try source.cut.importOptions(), destination: destination)
        conversion.optimize = !noOptimize
        conversion.passes = passes.map { $0.split(separator: ",").map(String.init) }
        conversion.skippedPasses = skipPass
        conversion.stopAfter = stopAfter
        conversion.explain = explain
        conversion.checkEachRewrite = check
        conversion.reference = reference
        conversion.shapes = try ShapeArgument.requests(shape)
        conversion.tolerance = tolerance
        conversion.engine = try engine.settings()
        let report = try conversion.run(progress: output.progress)
        if output.json { try Console.show(report.json) } else { try Console.show(render(report)) }
    }

    private func render(_ report: ConversionReport) -> [String] {
        var lines: [String] = []
        for line in report.explanations { lines.append(line) }
        var table = TextTable(["step", "result", "time", "peak memory"], numeric: [2, 3])
        for step in report.steps { table.add([step.name, step.result, Format.seconds(step.seconds), Format.bytes(step.peakBytes)]) }
        lines += table.lines
        for note in report.notes { lines.append("note: \(note)") }
        return lines
    }
}
