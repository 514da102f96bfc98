import ArgumentParser
import Bytes
import Engine
import Glibc
import GraphIR
import Workflows

/// The arguments every command that takes a model shares.
struct SourceOptions: ParsableArguments {
    @Argument(
        help:
            """
            The model: an .osteon file, an ONNX model, a TensorFlow frozen graph, checkpoint or SavedModel, a Keras file, PyTorch \
            or safetensors weights, or an archive's folder.
            """
    )
    var source: String

    @OptionGroup var cut: CutOptions

    /// The model, cut as asked. A file given for a value cuts the graph there too, unless the value is an input anyway.
    /// - Parameter reference: an `.npz` whose arrays will be fed, like those given for inputs.
    func open(reference: String? = nil) throws(OsteonError) -> Model {
        var options = try cut.importOptions()
        var files: [String] = []
        var paths: [String: String] = [:]
        for specification in try cut.specifications() {
            guard case .file(let path) = specification.kind else { continue }
            files.append(specification.name)
            paths[specification.name] = path
        }
        if files.isEmpty { return try Model.open(source, options: options, reference: reference) }
        do {
            let model = try Model.open(source, options: options, reference: reference, files: paths)
            if !model.settledInputs.isEmpty { return model }
            files.removeAll { ValueNames.match($0, among: model.inputNames) != nil }
            if files.isEmpty { return model }
        } catch {
            // What isn't supported may lie before the cut.
            guard error.code == .unsupported else { throw error }
        }
        for name in files { options.inputs[name] = .some(nil) }
        return try Model.open(source, options: options)
    }
}

/// Where to cut a graph, and what to feed it.
struct CutOptions: ParsableArguments {
    @Option(
        name: .customLong("input"),
        help: ArgumentHelp(
            """
            Cut the graph at NAME and read it as an input; NAME:1x96x96x96x1 gives its shape (NAME:[3] one axis, NAME:[] a scalar), \
            NAME=false (or a number) feeds a constant. `run` and `verify` also take NAME=FILE.npy.
            """,
            valueName: "name[:shape]"))
    var inputs: [String] = []

    @Option(name: .customLong("output"), help: ArgumentHelp("Cut the graph at NAME and make it an output.", valueName: "name"))
    var outputs: [String] = []

    @Option(
        name: .customLong("signature-def"),
        help: ArgumentHelp(
            """
            The signature to import where a SavedModel has several, or the dictionary of weights (model, ema, state/net) where a \
            PyTorch checkpoint has.
            """,
            valueName: "name"))
    var signature: String?

    @Option(
        help: ArgumentHelp(
            """
            The network a file of weights belongs to: a Keras model as .json, a bundle's configuration as .json, or one of Osteon's \
            definitions with its arguments, such as densenet121 or segresnet:init_filters=16,blocks_down=[1,2,2,4]. The argument \
            prefix=student. selects a PyTorch file's weights where several modules fit.
            """,
            valueName: "file.json|name[:argument=value,…]"))
    var architecture: String?

    @Option(
        name: .customLong("keras-backend"),
        help: ArgumentHelp(
            "The backend that trained a Keras network, where its file doesn't record it: Theano's kernels are mirrored.",
            valueName: "theano|tensorflow"))
    var kerasBackend: String?

    @Option(
        name: .customLong("keras-data-format"),
        help: ArgumentHelp(
            "The data format of layers in a Keras 1 file that don't record it (padding, cropping, upsampling).",
            valueName: "channels_first|channels_last"))
    var kerasDataFormat: String?

    @Option(
        name: .customLong("keras-version"),
        help: ArgumentHelp("The version of Keras that wrote a file, where the file doesn't record it.", valueName: "version"))
    var kerasVersion: String?

    /// The `--input` arguments, by kind.
    func specifications() throws(OsteonError) -> [InputSpecification] {
        var result: [InputSpecification] = []
        for text in inputs { result.append(try InputSpecification(text)) }
        return result
    }

    func importOptions() throws(OsteonError) -> ImportOptions {
        var options = ImportOptions()
        options.outputs = outputs
        options.signature = signature
        if let architecture { options.architecture = try Architecture(architecture) }
        options.kerasOrigin = try KerasOrigin(parsing: kerasBackend, dataFormat: kerasDataFormat, version: kerasVersion)
        for specification in try specifications() {
            switch specification.kind {
            case .cut(let shape): options.inputs[specification.name] = .some(shape)
            case .constant(let value): options.constants[specification.name] = value
            case .file: break
            }
        }
        return options
    }
}

/// One `--input` argument.
struct InputSpecification {
    enum Kind {
        case cut(shape: [Int]?)
        case constant(Double)
        case file(String)
    }

    var name: String
    var kind: Kind

    init(_ text: String) throws(OsteonError) {
        if let equals = text.lastIndex(of: "=") {
            name = String(text[..<equals])
            let value = String(text[text.index(after: equals)...])
            switch value.lowercased() {
            case "true": kind = .constant(1)
            case "false": kind = .constant(0)
            default:
                if let number = Double(value) { kind = .constant(number) } else { kind = .file(value) }
            }
        } else if let (name, shape) = try Self.shaped(text) {
            self.name = name
            kind = .cut(shape: shape)
        } else {
            // Of `name:3` the importer knows whether it's an output or a shape of one axis.
            name = text
            kind = .cut(shape: nil)
        }
        guard !name.isEmpty else { throw OsteonError(.usage, "--input \(text) names no value.") }
    }

    /// The parts of `name:1x96x96`, `name:[3]` and, for a scalar, `name:[]`; nil for other text.
    private static func shaped(_ text: String) throws(OsteonError) -> (name: String, shape: [Int])? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let name = String(text[..<colon])
        let shape = text[text.index(after: colon)...]
        if shape.hasPrefix("["), shape.hasSuffix("]") {
            let inner = shape.dropFirst().dropLast().filter { $0 != " " }
            return (name, try ShapeArgument.extents(inner.isEmpty ? "[]" : inner.replacing(",", with: "x")))
        }
        guard shape.contains("x"), shape.allSatisfy({ $0 == "x" || $0 == "-" || $0.isNumber }) else { return nil }
        return (name, try ShapeArgument.extents(String(shape)))
    }
}

/// Output switches every command shares.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print nothing but errors on stderr.")
    var quiet = false

    @OptionGroup var memory: MemoryOptions

    func progress(_ line: String) {
        if !quiet { Console.progress(line) }
    }

    /// A part of the work that failed while the rest goes on: said also where nothing else is.
    func failed(_ line: String) { Console.progress(line) }
}

/// How the engine runs.
struct EngineOptions: ParsableArguments {
    @OptionGroup var threading: ThreadOptions

    var threads: Int? { threading.threads }

    @Option(help: ArgumentHelp("Pin the kernels: scalar, avx2, avx512, vnni or amx.", valueName: "isa"))
    var isa: String?

    @Flag(name: .customLong("reference-kernels"), help: "Run every operator's plain reference instead of a kernel.")
    var referenceOnly = false

    func settings() throws(OsteonError) -> PlanOptions {
        var options = PlanOptions(threads: threads, referenceOnly: referenceOnly)
        if let isa {
            guard let tier = InstructionSet(rawValue: isa) else {
                let known = InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")
                throw OsteonError(.usage, "--isa \(isa) is none of \(known).")
            }
            options.isa = tier
        }
        return options
    }
}
