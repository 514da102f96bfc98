import Bytes
import GraphIR
import Tensors

/// Reads weights of PyTorch networks: state dicts of `torch.save` (ZIP files and those from before PyTorch 1.6) and
/// safetensors files. The network they belong to is one of Osteon's own definitions, given by its name and arguments.
///
/// No code of a file is run: a pickle is read by a machine that knows tensors and plain containers only.
package struct TorchImporter: ModelImporter {
    package let format = SourceFormat("torch", title: "PyTorch or safetensors weights")

    package init() {}

    /// The networks there are definitions of, as MONAI writes their names.
    package static var networkNames: [String] { NetworkCatalogue.entries.map(\.name) }

    /// A `torch.save` or safetensors file.
    package func recognize(_ source: Source) -> Recognition { source.file.map { Self.recognizes($0.bytes) } ?? false ? .certain : .no }

    /// Whether `bytes` are those of a `torch.save` or safetensors file.
    package static func recognizes(_ bytes: SharedBytes) -> Bool {
        LegacyTorchFile.recognizes(bytes) || SafetensorsFile.recognizes(bytes) || TorchArchive.recognizes(bytes)
    }

    /// Imports the weights as the network that `options.architecture` names.
    ///
    /// The network has inputs and outputs `input` and `output`, shaped N C [D] [H] W with free N and spatial extents.
    /// `options.signature` chooses among several dicts of tensors in one file, the architecture's argument `prefix` among several
    /// modules that fit (`student.`, `teacher.`).
    /// - Throws: `.usage` without an architecture, saying which one the weights might be of; `.unsafeReference` naming what a
    ///   pickle would run; `.invalidGraph` where weights are missing, left over or of another shape.
    package func importModel(_ source: Source, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        let weights = try locating(source.path) { () throws(OsteonError) in
            try WeightsFile(source.mapped(), key: options.signature)
        }
        guard case .file(let path)? = options.architecture else { return try Self.importModel(weights, options) }
        let (description, definition, prefix) = try locating(path) { () throws(OsteonError) in
            let description = try source.mapGiven(path)
            let found = try ConfigurationReader.network(inFile: JSONValue(parsing: description.bytes))
            let (definition, prefix) = try Self.definitionAndPrefix(found.name, found.arguments)
            return (description, definition, prefix)
        }
        var model = try Self.build(weights, definition, prefix, options)
        model.sourceFiles.append(description)
        return model
    }

    /// The same for weights that are open, as a network that the options name.
    package static func importModel(_ weights: WeightsFile, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        guard case .network(let name, let arguments)? = options.architecture else { throw ArchitectureAdvice.error(weights) }
        let (definition, prefix) = try definitionAndPrefix(name, arguments)
        return try build(weights, definition, prefix, options)
    }

    /// The network that a configuration describes: a MONAI bundle's `network_def` (`{"_target_": "UNet", …}`) or the model of
    /// a Clara Train 4 configuration (`{"name": "SegResNet", "args": {…}}`).
    /// - Returns: nil where `json` is neither.
    /// - Throws: `.unsafeReference` where an argument is code or a reference (`$…`, `@…`) that wasn't resolved.
    package static func architecture(fromMONAIConfiguration json: JSONValue) throws(OsteonError) -> Architecture? {
        try ConfigurationReader.architecture(json)
    }

    /// Whether the parameters of a network have just the names and shapes of `weights`, none of which is read.
    package static func fits(_ architecture: Architecture, _ weights: StateDict) throws(OsteonError) -> Bool {
        guard case .network(let name, let arguments) = architecture else { return false }
        return try Network.fits(NetworkCatalogue.definition(name, arguments), weights)
    }

    /// The argument that no constructor has: what stands before the names of the network's weights in the file.
    static let prefixArgument = "prefix"

    private static func definitionAndPrefix(
        _ name: String, _ arguments: [JSONValue.Member]
    ) throws(OsteonError) -> (definition: any NetworkDefinition, prefix: String?) {
        var arguments = arguments
        var prefix: String?
        if let place = arguments.firstIndex(where: { $0.name == prefixArgument }) {
            guard case .string(let text) = arguments.remove(at: place).value else {
                throw OsteonError(.usage, "The argument \(prefixArgument), the beginning of the weights' names, has to be a text.")
            }
            prefix = text
        }
        return (try NetworkCatalogue.definition(name, arguments), prefix)
    }

    private static func build(
        _ source: WeightsFile, _ definition: any NetworkDefinition, _ prefix: String?, _ options: ImportOptions
    ) throws(OsteonError) -> ImportedModel {
        var notes: [String] = []
        var graph = try Network.build(definition, source, prefix: prefix, &notes)
        try graph.cut(options)
        return ImportedModel(
            graph: graph, format: "torch", producer: source.producer, sourceFiles: [source.file].compactMap { $0 }, notes: notes)
    }
}
