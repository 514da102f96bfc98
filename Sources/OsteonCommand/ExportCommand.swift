import ArgumentParser
import Bytes
import Glibc
import ONNXExport
import Workflows

/// `osteon export`: fixed-shape variants, and ONNX.
struct ExportCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a model for fixed input shapes, or as ONNX.",
        discussion: """
            With --shape, free dimensions are bound and what depends on shapes alone is computed once; a size the network doesn't take is \
            refused with the nearest it takes (exit code 2). An ONNX model is imported again. What's about to be written is \
            compared with the \
            model on seeded inputs first; where they differ nothing is written (exit code 3). An operator or type the operator set \
            can't express \
            is an error that names the lowest that can (exit code 2).
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var engine: EngineOptions

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp(
            """
            The file to write; its extension, .osteon or .onnx, decides the format. With several --shape, {shape} in its name is \
            replaced by each; otherwise the shape is put before the extension.
            """,
            valueName: "file"))
    var destination: String?

    @Option(
        help: ArgumentHelp(
            """
            Whole (1x1x96x96x96) or the spatial extents alone (96x96x96); NAME=SHAPE for one input, NAME=SHAPE,NAME=SHAPE for \
            several. Given again, it writes another file.
            """,
            valueName: "shape"))
    var shape: [String] = []

    @Option(help: ArgumentHelp("The batch, where it's free and --shape is spatial; 1 by default.", valueName: "n"), transform: Number.count)
    var batch: Int?

    @Option(help: "The ONNX operator set to write, 13 to 26.", transform: Number.count)
    var opset = ONNXExportOptions.standardOpset

    @Flag(
        name: .customLong("external-data"),
        help:
            """
            Write ONNX weights to NAME.DIGEST.data beside NAME.onnx even where the model stays below 2 GiB. The digest is of the \
            weights, so that no model reads the weights of another.
            """
    )
    var externalData = false

    @Option(
        help: ArgumentHelp(
            "Also put the model into this Triton model repository: FOLDER/NAME/1/model.onnx and config.pbtxt.", valueName: "folder"))
    var triton: String?

    @Option(
        name: .customLong("triton-name"), help: ArgumentHelp("Its name there; the archive's or the source's by default.", valueName: "name")
    )
    var tritonName: String?

    @Option(
        name: .customLong("triton-batch"), help: ArgumentHelp("max_batch_size there, where the model's batch is free.", valueName: "n"),
        transform: Number.count)
    var tritonBatch = 4

    @Flag(name: .customLong("no-optimize"), help: "Write the graph without further rewrites.")
    var noOptimize = false

    @Option(
        help: "The largest difference allowed from the model at the same shape, relative to the largest magnitude of an output.",
        transform: Number.tolerance)
    var tolerance = 1e-4

    var limits: ProcessLimits { ProcessLimits(output, engine) }

    func run() throws {
        var export = ModelExport(source: source.source, importOptions: try source.cut.importOptions(), destination: destination)
        export.tritonRepository = triton
        export.tritonName = tritonName
        export.tritonBatch = tritonBatch
        export.opset = opset
        export.externalData = externalData
        export.shapes = try shape.map { (text) throws(OsteonError) in try ShapeArgument.requests(ofOneFile: text) }
        export.batch = batch
        export.optimize = !noOptimize
        export.tolerance = tolerance
        export.engine = try engine.settings()
        let report = try export.run(progress: output.progress)
        if output.json { try Console.show(report.json) } else { try Console.show(render(report)) }
    }

    private func render(_ report: ExportReport) -> [String] {
        var table = TextTable(["file", "inputs", "nodes", "difference", "arena", "size"], numeric: [2, 3, 4, 5])
        for entry in report.entries {
            let shapes = entry.shapes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.map(String.init).joined(separator: "×"))" }
            table.add([
                entry.file, shapes.joined(separator: ", "), "\(entry.nodesBefore) → \(entry.nodesAfter)", entry.checks.worstText,
                entry.arenaByteCount.map(Format.bytes) ?? "", Format.bytes(entry.byteCount),
            ])
        }
        let segments =
            report.entries.contains(where: \.isByValue)
            ? [
                """
                note: values rounded differently at ties add up; each segment between quantisations was compared on its own \
                instead, and is equal
                """
            ] : []
        return table.lines + segments + report.notes.map { "note: \($0)" }
    }
}
