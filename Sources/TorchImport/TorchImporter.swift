import Bytes
import GraphIR
import Tensors

/// Reads weights of PyTorch networks: state dicts of `torch.save` (ZIP files and those from before PyTorch 1.6) and
/// safetensors files. The network they belong to is one of Osteon's own definitions, given by its name and arguments.
///
/// No code of a file is run: a pickle is read by a machine that knows tensors and plain containers only.
public enum TorchImporter {
    /// The networks there are definitions of, as MONAI writes their names.
    public static var networkNames: [String] { NetworkCatalogue.entries.map(\.name) }

    /// Whether `bytes` are those of a `torch.save` or safetensors file.
    public static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        LegacyTorchFile.recognizes(bytes) || SafetensorsFile.recognizes(bytes) || TorchArchive.recognizes(bytes)
    }

    /// Imports the weights at `path` as the network that `options.architecture` names.
    ///
    /// The network has inputs and outputs `input` and `output`, shaped N C [D] [H] W with free N and spatial extents.
    /// `options.signature` chooses among several dicts of tensors in one file.
    /// - Throws: `.usage` without an architecture, saying which one the weights might be of; `.unsafeReference` naming what a
    ///   pickle would run; `.invalidGraph` where weights are missing, left over or of another shape.
    public static func importModel(path: String, options: ImportOptions = ImportOptions()) throws(OsteonError) -> ImportedModel {
        let source = try locating(path) { () throws(OsteonError) in try WeightsFile(path: path, key: options.signature) }
        return try importModel(source, options)
    }

    /// The same for a file that's open.
    package static func importModel(_ source: WeightsFile, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        switch options.architecture {
        case nil: throw ArchitectureAdvice.error(source.weights)
        case .network(let name, let arguments): return try build(source, name, arguments, options)
        case .file(let file):
            let json = try MappedFile(path: file)
            let found = try locating(file) { () throws(OsteonError) in
                try ConfigurationReader.architecture(inFile: JSONValue(parsing: json.bytes))
            }
            guard case .network(let name, let arguments) = found else {
                throw OsteonError(.usage, "\(file) describes no network by name and arguments.")
            }
            var model = try build(source, name, arguments, options)
            model.sourceFiles.append(file)
            return model
        }
    }

    /// The same with the architecture told apart from the options, as readers of archives find it.
    public static func importModel(
        path: String, architecture: Architecture, options: ImportOptions = ImportOptions()
    ) throws(OsteonError) -> ImportedModel {
        var options = options
        options.architecture = architecture
        return try importModel(path: path, options: options)
    }

    /// The network that a configuration describes: a MONAI bundle's `network_def` (`{"_target_": "UNet", …}`) or the model of
    /// a Clara Train 4 configuration (`{"name": "SegResNet", "args": {…}}`).
    /// - Returns: nil where `json` is neither.
    /// - Throws: `.unsafeReference` where an argument is code or a reference (`$…`, `@…`) that wasn't resolved.
    public static func architecture(fromMONAIConfiguration json: JSONValue) throws(OsteonError) -> Architecture? {
        try ConfigurationReader.architecture(json)
    }

    /// Whether the parameters of a network have just the names and shapes of `weights`, none of which is read.
    package static func fits(_ architecture: Architecture, _ weights: StateDict) throws(OsteonError) -> Bool {
        guard case .network(let name, let arguments) = architecture else { return false }
        return try Network.fits(NetworkCatalogue.definition(name, arguments), weights)
    }

    private static func build(
        _ source: WeightsFile, _ name: String, _ arguments: [JSONValue.Member], _ options: ImportOptions
    ) throws(OsteonError) -> ImportedModel {
        let definition = try NetworkCatalogue.definition(name, arguments)
        var notes = source.notes
        let network = try Network.build(definition, name: name, source.weights, &notes)
        var graph = network
        try graph.cut(options)
        return ImportedModel(graph: graph, format: "torch", producer: source.producer, sourceFiles: [source.path], notes: notes)
    }
}
