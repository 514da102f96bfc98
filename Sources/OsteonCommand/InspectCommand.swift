import ArgumentParser
import Bytes
import Container
import Glibc
import GraphIR
import Inspection
import Tensors
import Verification
import Workflows

/// `osteon inspect`: what a model is made of.
struct InspectCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show a model's inputs, outputs and layers, their shapes and costs.",
        discussion: """
            Costs need fixed shapes: where the model leaves dimensions free and --shape isn't given, the smallest legal \
            size is taken and reported. Receptive fields are counted in input voxels along each spatial axis. Of an archive whose model \
            isn't in it, what its configurations specify for images is shown.
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("Bind the free dimensions; NAME=SHAPE for one input of several.", valueName: "shape"))
    var shape: [String] = []

    @Flag(help: "Inspect the graph as `convert` would write it.")
    var optimize = false

    @Flag(name: .shortAndLong, help: "Also show the attributes of every layer.")
    var verbose = false

    var limits: ProcessLimits { ProcessLimits(output) }

    func run() throws {
        var model: Model
        do {
            model = try source.open()
        } catch {
            // An archive's configurations are worth showing without its model.
            guard [.unreadable, .unsupported].contains(error.code),
                let inspection = try? ModelInspection(archiveWithoutModel: source.source, reason: error)
            else {
                throw error
            }
            try show(inspection)
            return
        }
        if optimize { model = try model.optimized().model }
        try show(ModelInspection(model, shapes: model.shapes(for: ShapeArgument.requests(shape))))
    }

    private func show(_ inspection: ModelInspection) throws(OsteonError) {
        if output.json { try Console.show(inspection.json) } else { try Console.show(render(inspection)) }
    }

    private func render(_ inspection: ModelInspection) -> [String] {
        let report = inspection.report
        var lines = ["\(inspection.format.title) · \(inspection.fileName) · \(Format.bytes(inspection.fileSize))"]
        for (name, type) in inspection.declaredInputs { lines.append("input   \(name): \(type)") }
        for (name, type) in inspection.declaredOutputs { lines.append("output  \(name): \(type)") }
        for sizes in inspection.legalSizes { lines.append("sizes   \(sizes.dimension): \(sizes.description)") }
        if let imaging = inspection.imaging { lines += ImagingText(imaging).lines }
        if let native = inspection.native { lines += Self.lines(native) }
        for note in inspection.notes { lines.append("note    \(note)") }
        if report.layers.isEmpty, inspection.declaredInputs.isEmpty { return lines }
        lines.append("")
        var header = ["layer", "operator", "output", "parameters", "MACs", "activation", "sees"]
        if verbose { header.append("attributes") }
        var table = TextTable(header, numeric: [3, 4, 5])
        for layer in report.layers {
            var row = [
                layer.name, layer.operatorID, layer.outputType.description,
                layer.parameters == 0 ? "" : "\(layer.parameters)",
                (layer.multiplyAccumulates ?? 0) == 0 ? "" : Format.count(layer.multiplyAccumulates ?? 0),
                layer.activationBytes.map(Format.bytes) ?? "?",
                layer.receptiveField.map { $0.map(String.init).joined(separator: "×") } ?? "",
            ]
            if verbose { row.append(layer.attributes.map { "\($0.name)=\($0.value)" }.joined(separator: " ")) }
            table.add(row)
        }
        lines += table.lines
        lines.append("")
        var total = "\(report.layers.count) layers, \(report.parameters) parameters (\(Format.bytes(report.parameterBytes)))"
        if let macs = report.multiplyAccumulates { total += ", \(Format.count(macs)) multiply-accumulates" }
        if let peak = report.peakActivationBytes { total += ", \(Format.bytes(peak)) of activations at the peak" }
        lines.append(total)
        if !inspection.storage.rows.isEmpty {
            let types = inspection.storage.rows.map {
                "\(Format.bytes($0.byteCount)) of \($0.elementType.rawValue) in \($0.tensors) tensors"
            }
            lines.append("stored: " + types.joined(separator: ", "))
            let largest = inspection.storage.largest.prefix(3).map { "\($0.name) (\($0.type), \(Format.bytes($0.byteCount)))" }
            lines.append("largest: " + largest.joined(separator: ", "))
        }
        if let bound = inspection.boundShapes { lines.append("costs at \(bound)") }
        return lines
    }

    private static func lines(_ native: NativeOrigin) -> [String] {
        let sources = native.provenance.sources.map { "\($0.name) (SHA-256 \($0.sha256.prefix(12))…)" }
        var lines = ["from    \(sources.isEmpty ? native.provenance.format : sources.joined(separator: ", ")), by \(native.tool)"]
        if let precision = native.provenance.options["precision"] { lines.append("reduced \(precision)") }
        for check in native.checks where !check.isInherited {
            lines.append(
                "check   \(check.kind): \(check.passed ? "passed" : "FAILED"), \(check.relativeError.errorText) of the largest output")
        }
        lines.append(native.signedBy.map { "signed  by \($0.prefix(16))…" } ?? "signed  no")
        return lines
    }
}
