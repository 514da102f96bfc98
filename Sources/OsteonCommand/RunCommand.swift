import ArgumentParser
import Bytes
import Engine
import FoundationEssentials
import Glibc
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
        var settings = try engine.settings()
        // Fused activations have no tensor of their own otherwise.
        settings.keepAll = allTensors
        let session = try model.session(for: inputs, settings)
        let started = Date()
        var written: [(name: String, type: TensorType, path: String)] = []
        // Names are compared by their bytes, which a dictionary by strings doesn't do.
        let outputNames = model.outputNames.map { UTF8Name($0) }
        var done: Set<UTF8Name> = []
        let results = try session.run(
            inputs,
            onTensor: { (name, tensor) throws(OsteonError) in
                guard allTensors || outputNames.contains(UTF8Name(name)) else { return }
                written.append((name, tensor.type, try writer.write(name, tensor)))
                done.insert(UTF8Name(name))
            })
        let seconds = Date().timeIntervalSince(started)
        for name in model.outputNames where !done.contains(UTF8Name(name)) {
            guard let tensor = results[name] else { continue }
            written.append((name, tensor.type, try writer.write(name, tensor)))
        }
        if !allTensors {
            let places = Dictionary(outputNames.enumerated().map { ($1, $0) }) { first, _ in first }
            written.sort { places[UTF8Name($0.name), default: 0] < places[UTF8Name($1.name), default: 0] }
        }
        if output.json {
            let outputs = written.map { entry in
                JSONValue.record([("name", .string(entry.name)), ("type", .string(entry.type.description)), ("file", .string(entry.path))])
            }
            try Console.show(.record([("schema", .string("osteon.run.1")), ("outputs", .array(outputs)), ("seconds", .number(seconds))]))
        } else {
            try Console.show(written.map { "\($0.name): \($0.type) → \($0.path)" })
            output.progress("ran in \(Format.seconds(seconds))")
        }
    }
}
