import Bytes
import GraphIR
import Tensors

/// Reads weights of PyTorch networks: state dicts of `torch.save` (ZIP files and those from before PyTorch 1.6) and
/// safetensors files. The network they belong to is one of Osteon's own definitions, given by its name and arguments.
///
/// No code of a file is run: a pickle is read by a machine that knows tensors and plain containers only.
package enum TorchImporter {
    /// The networks there are definitions of, as MONAI writes their names.
    package static var networkNames: [String] { NetworkCatalogue.entries.map(\.name) }

    /// Whether `bytes` are those of a `torch.save` or safetensors file.
    package static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        LegacyTorchFile.recognizes(bytes) || SafetensorsFile.recognizes(bytes) || TorchArchive.recognizes(bytes)
    }

    /// Imports the weights at `path` as the network that `options.architecture` names.
    ///
    /// The network has inputs and outputs `input` and `output`, shaped N C [D] [H] W with free N and spatial extents.
    /// `options.signature` chooses among several dicts of tensors in one file, the architecture's argument `prefix` among several
    /// modules that fit (`student.`, `teacher.`).
    /// - Throws: `.usage` without an architecture, saying which one the weights might be of; `.unsafeReference` naming what a
    ///   pickle would run; `.invalidGraph` where weights are missing, left over or of another shape.
    package static func importModel(path: String, options: ImportOptions = ImportOptions()) throws(OsteonError) -> ImportedModel {
        let source = try locating(path) { () throws(OsteonError) in try WeightsFile(path: path, key: options.signature) }
        return try importModel(source, options)
    }

    /// The same for a file that's open.
    package static func importModel(_ source: WeightsFile, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        switch options.architecture {
        case nil: throw ArchitectureAdvice.error(source)
        case .network(let name, let arguments):
            let (definition, prefix) = try definitionAndPrefix(name, arguments)
            return try build(source, definition, prefix, options)
        case .file(let file):
            let (definition, prefix) = try locating(file) { () throws(OsteonError) -> (any NetworkDefinition, String?) in
                let json = try MappedFile(path: file)
                let found = try ConfigurationReader.network(inFile: JSONValue(parsing: json.bytes))
                return try definitionAndPrefix(found.name, found.arguments)
            }
            var model = try build(source, definition, prefix, options)
            model.sourceFiles.append(file)
            return model
        }
    }

    /// The same with the architecture separate from the options, as readers of archives find it.
    package static func importModel(
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
        return ImportedModel(graph: graph, format: "torch", producer: source.producer, sourceFiles: [source.path], notes: notes)
    }
}
