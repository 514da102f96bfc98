import Bytes
import Contracts
import GraphIR
import TorchImport

/// The model of an archive, imported with what the configurations say of it.
struct ArchivedModel {
    let archive: ArchiveFolder
    let files: ModelFiles
    /// The caller's; they win over the archive's.
    let options: ImportOptions
    /// What may read it.
    let importers: [any ModelImporter]

    /// The names the toolkit gives the ends of its graphs and its training switch.
    static let inputName = "NV_MODEL_INPUT"
    static let outputName = "NV_MODEL_OUTPUT"
    static let trainingFlag = "NV_IS_TRAINING"

    func imported(_ facts: inout ArchiveFacts) throws(OsteonError) -> ImportedModel {
        facts.credit(files.location, with: "model")
        guard let importer = importers.first(where: { $0.format.name == files.kind.format }) else {
            throw OsteonError(.unsupported, "\(files.location) is of the format \(files.kind.format), which isn't read here.")
        }
        let source = try source()
        if files.kind == .torch, options.architecture == nil { return try weights(source, importer, facts.network) }
        guard files.kind.hasUnnamedEnds else { return try importer.importModel(source, options) }
        let (trains, ends) = (facts.infersInTrainingMode && options.constants[Self.trainingFlag] == nil, try ends(facts))
        var named = options
        named.suggestedEnds = ends
        if trains { named.constants[Self.trainingFlag] = 1 }
        let model = try importer.importModel(source, named)
        // The toolkit's usual names aren't missed.
        let missing = (facts.inputNodes + facts.outputNodes).filter(model.missingEnds.contains)
        if !missing.isEmpty {
            facts.notes.append("the graph has no \(missing.joined(separator: ", ")), which the configurations name; its own ends are taken")
        }
        if trains {
            facts.notes.append(
                "inference runs in training mode (\(Self.trainingFlag) is 1): batch normalisation takes the statistics of its input")
        }
        return model
    }

    /// Every file of the model, opened as a file of the archive's own folder: none only seems to lie there, needed or not.
    private func source() throws(OsteonError) -> Source {
        let folder = Paths.folder(of: files.location) == "." ? "" : Paths.folder(of: files.location)
        var locations = [files.location]
        if files.kind == .checkpoint {
            let start = Paths.name(of: files.location) + "."
            locations = archive.names(in: folder).filter { $0.hasPrefix(start) }.map { ModelFiles.join(folder, $0) }
                .filter { !archive.isFolder($0) }
        }
        if files.kind == .savedModel {
            let variables = ModelFiles.join(folder, "variables")
            locations += archive.names(in: variables).map { ModelFiles.join(variables, $0) }
        }
        for location in locations { _ = try archive.map(location) }
        return try archive.source(at: files.kind == .savedModel ? folder : files.location)
    }

    /// What the configurations call the graph's ends, or the toolkit's usual names; and the shape of an input in the middle of a graph
    /// that doesn't give it: the channels, and as many spatial axes as the window has.
    private func ends(_ facts: ArchiveFacts) throws(OsteonError) -> SuggestedEnds {
        let region = facts.pipelines.lazy.compactMap { $0.window?.region }.first
        let entry = try Catalogue.standard().model(named: facts.name)
        let channels = facts.expectedInputCount ?? entry?.input.graphChannels ?? -1
        let spatial = Array(repeating: -1, count: region?.count ?? 3)
        return SuggestedEnds(
            inputs: facts.inputNodes.isEmpty ? [Self.inputName] : facts.inputNodes,
            outputs: facts.outputNodes.isEmpty ? [Self.outputName] : facts.outputNodes,
            shape: [-1] + (facts.layout == .channelsLast ? spatial + [channels] : [channels] + spatial))
    }

    /// Weights as the network of a configuration, which then is what's wrong where its arguments don't do.
    private func weights(
        _ source: Source, _ importer: any ModelImporter, _ network: ArchiveFacts.Network?
    ) throws(OsteonError) -> ImportedModel {
        guard let network else {
            throw OsteonError(
                .unsupported,
                """
                \(files.location) holds weights only and no configuration of the archive names their network; give it with \
                \(Parameter.architecture).
                """
            )
        }
        var options = options
        do {
            options.architecture = try TorchImporter.architecture(
                fromMONAIConfiguration: ["name": .string(network.name), "args": .object(network.arguments)])
            return try importer.importModel(source, options)
        } catch  where error.code == .usage && options.inputs.isEmpty && options.outputs.isEmpty && options.signature == nil {
            var error = error.at(network.file)
            error.code = .malformed
            throw error
        }
    }
}
