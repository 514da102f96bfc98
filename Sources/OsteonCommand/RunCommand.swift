import ArgumentParser
import Bytes
import GraphIR
import Tensors
import Workflows

/// `osteon run`: one inference.
struct RunCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a model once on .npy inputs and write its outputs as .npy files.",
        discussion: """
            A file is named after its output, characters outside A-Za-z0-9._- as _; where two would be one file, the start of the name's \
            SHA-256 is added. The table printed shows each output's file.
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var engine: EngineOptions

    @Option(name: .customLong("output-dir"), help: ArgumentHelp("The folder for the outputs, created if missing.", valueName: "dir"))
    var outputDirectory: String

    @Flag(name: .customLong("all-tensors"), help: "Write every value of the graph, not only the outputs.")
    var allTensors = false

    var limits: ProcessLimits { ProcessLimits(output, engine) }

    func run() throws {
        let model = try source.open()
        var inputs: [String: Tensor] = [:]
        for specification in try source.cut.specifications() {
            guard case .file(let path) = specification.kind, !model.settledInputs.contains(specification.name) else { continue }
            for (name, tensor) in try InputFile.read(path, for: specification.name, of: model.graph) { inputs[name] = tensor }
        }
        let names = model.graph.valueIDs.map { model.graph[$0].name }
        let writer = try TensorFolder(outputDirectory, names: names, outputs: model.outputNames, inputs: [source.source])
        var run = ModelRun(model, engine: try engine.settings())
        run.keepsAll = allTensors
        let report = try run.run(inputs, into: writer)
        if output.json {
            try Console.show(report.json)
        } else {
            try Console.show(report.outputs.map { "\($0.name): \($0.type) → \($0.path)" })
            output.progress("ran in \(Format.seconds(report.seconds))")
        }
    }
}
