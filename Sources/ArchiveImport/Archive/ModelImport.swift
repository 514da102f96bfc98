import Bytes
import Container
import GraphIR
import KerasImport
import ONNXImport
import TensorFlowImport
import Tensors
import TorchImport

/// Imports the model of an archive with what its configurations say of it.
struct ModelImport {
    let archive: ArchiveFolder
    let files: ModelFiles
    /// The caller's; they win over the archive's.
    let options: ImportOptions

    /// The names the toolkit gives the ends of its graphs and its training switch.
    static let inputName = "NV_MODEL_INPUT"
    static let outputName = "NV_MODEL_OUTPUT"
    static let trainingFlag = "NV_IS_TRAINING"

    func run(_ facts: inout ArchiveFacts) throws(OsteonError) -> ImportedModel {
        facts.credit(files.location, with: "model")
        try checkContained()
        let path = archive.fullPath(files.location)
        switch files.kind {
        case .frozenGraph, .optimizedGraph:
            return try byNames(&facts) { (options) throws(OsteonError) in
                try TensorFlowImporter.importFrozenGraph(path: path, options: options)
            }
        case .checkpoint:
            return try byNames(&facts) { (options) throws(OsteonError) in
                try TensorFlowImporter.importCheckpoint(path: path, options: options)
            }
        case .savedModel:
            let folder = String(path.dropLast("/saved_model.pb".count))
            return try TensorFlowImporter.importSavedModel(path: folder, options: options)
        case .onnx: return try ONNXImporter.importModel(path: path, options: options)
        case .keras:
            return try KerasImporter.importModel(path: path, options: options, operations: TensorFlowOperation.fragment)
        case .torch:
            if options.architecture != nil { return try TorchImporter.importModel(path: path, options: options) }
            guard let network = facts.network else {
                throw OsteonError(
                    .unsupported,
                    "\(files.location) holds weights only and no configuration of the archive names their network; give it with \(Parameter.architecture)."
                )
            }
            return try weights(path, network)
        }
    }

    /// Weights as the network of a configuration, which then is what's wrong where its arguments don't do.
    private func weights(_ path: String, _ network: ArchiveFacts.Network) throws(OsteonError) -> ImportedModel {
        var options = options
        do {
            options.architecture = try TorchImporter.architecture(
                fromMONAIConfiguration: ["name": .string(network.name), "args": .object(network.arguments)])
            return try TorchImporter.importModel(path: path, options: options)
        } catch  where error.code == .usage && options.inputs.isEmpty && options.outputs.isEmpty && options.signature == nil {
            var error = error.at(network.file)
            error.code = .malformed
            throw error
        }
    }

    /// Opens every file of the model as a file of the archive's own folder, so that none is one that only seems to lie there.
    private func checkContained() throws(OsteonError) {
        var locations = [files.location]
        let parts = files.location.split(separator: "/").map(String.init)
        let folder = parts.dropLast().joined(separator: "/")
        let name = parts.last ?? ""
        if files.kind == .checkpoint {
            locations = archive.names(in: folder).filter { $0.hasPrefix(name + ".") && !archive.isFolder(ModelFiles.join(folder, $0)) }
                .map { ModelFiles.join(folder, $0) }
        }
        if files.kind == .savedModel {
            let variables = ModelFiles.join(folder, "variables")
            locations += archive.names(in: variables).map { ModelFiles.join(variables, $0) }
        }
        for location in locations { _ = try archive.map(location) }
    }

    /// The options with a shape for an input in the middle of a graph whose shape isn't known there: the channels, and as many
    /// spatial axes as the window has.
    private func shaped(_ attempt: ImportOptions, _ graph: Graph, _ facts: ArchiveFacts) throws(OsteonError) -> ImportOptions? {
        guard let input = graph.inputs.first, graph.inputs.count == 1, graph.type(input).rank == nil else { return nil }
        guard case .some(.none) = attempt.inputs[graph[input].name], options.inputs.isEmpty else { return nil }
        let region = facts.pipelines.lazy.compactMap { $0.window?.region }.first
        let entry = try Catalogue.standard().model(named: facts.name)
        let channels = facts.expectedInputCount ?? entry?.input.graphChannels ?? -1
        let spatial = Array(repeating: -1, count: region?.count ?? 3)
        var result = attempt
        result.inputs[graph[input].name] = [-1] + (facts.layout == .channelsLast ? spatial + [channels] : [channels] + spatial)
        return result
    }

    /// Imports by the names of the ends that the configurations give, or the toolkit's usual ones; a graph that has other
    /// names is imported as it stands.
    private func byNames(
        _ facts: inout ArchiveFacts, _ importer: (ImportOptions) throws(OsteonError) -> ImportedModel
    ) throws(OsteonError) -> ImportedModel {
        let inputs = facts.inputNodes.isEmpty ? [Self.inputName] : facts.inputNodes
        let outputs = facts.outputNodes.isEmpty ? [Self.outputName] : facts.outputNodes
        let trains = facts.infersInTrainingMode && options.constants[Self.trainingFlag] == nil
        for (usesInputs, usesOutputs) in [(true, true), (false, true), (true, false), (false, false)] {
            var attempt = options
            if trains { attempt.constants[Self.trainingFlag] = 1 }
            if usesInputs, options.inputs.isEmpty { for name in inputs { attempt.inputs[name] = .some(nil) } }
            if usesOutputs, options.outputs.isEmpty { attempt.outputs = outputs }
            let isLast = !usesInputs && !usesOutputs
            do {
                var model = try importer(attempt)
                if let shaped = try shaped(attempt, model.graph, facts) { model = try importer(shaped) }
                let missing = (usesInputs ? [] : facts.inputNodes) + (usesOutputs ? [] : facts.outputNodes)
                if !missing.isEmpty, options.inputs.isEmpty || options.outputs.isEmpty {
                    facts.notes.append(
                        "the graph has no \(missing.joined(separator: ", ")), which the configurations name; its own ends are taken")
                }
                if trains {
                    facts.notes.append(
                        "inference runs in training mode (\(Self.trainingFlag) is 1): batch normalisation takes the statistics of its input"
                    )
                }
                return model
            } catch  where error.code == .usage && !isLast {
                continue
            }
        }
        throw OsteonError(.internalFault, "No way to import the model was tried.")
    }
}
