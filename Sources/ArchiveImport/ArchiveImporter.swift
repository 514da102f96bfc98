import Bytes
import Contracts
import GraphIR

/// Reads the folders that models are published in: Clara Train MMARs and MONAI bundles.
///
/// The model in them is imported by its own importer; the configurations around it become the imaging contract
/// (`ImportedModel.imaging`). Only files that truly lie in the folder are read, whatever a configuration names.
package struct ArchiveImporter: ModelImporter {
    package let format = SourceFormat("archive", title: "MMAR or bundle folder")
    /// What reads the models in archives.
    private let importers: [any ModelImporter]

    package init(importers: [any ModelImporter]) { self.importers = importers }

    /// By the names in the folder.
    package func recognize(_ source: Source) -> Recognition {
        guard source.isFolder, let folder = try? ArchiveFolder(source) else { return .no }
        return Self.isMMAR(folder) || MONAIBundle.recognizes(folder) ? .enclosing : .no
    }

    private static func isMMAR(_ folder: ArchiveFolder) -> Bool {
        let names = folder.names(in: "")
        if names.contains(MMARReader.folder), folder.names(in: MMARReader.folder).contains(where: MMARReader.configurations.contains) {
            return true
        }
        // An archive stripped of its configurations still has its scripts.
        return names.contains("models") && names.contains("commands")
    }

    /// Imports the archive's model.
    ///
    /// Names and shapes in the options are as for the model's own importer; they win over the archive's.
    /// - Throws: `.unsafeReference` for a configuration that names a model outside the folder, `.unsupported` for a model that
    ///   can't be read (it's said what would be), `.malformed` for a broken configuration that nothing else makes up for.
    package func importModel(_ source: Source, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        let folder = try ArchiveFolder(source)
        guard Self.isMMAR(folder) else { return try MONAIBundle(folder).importModel(options, importers) }
        var reader = MMARReader(folder)
        try reader.read()
        let files = try Self.modelFiles(folder, reader)
        return try Self.finish(
            ArchivedModel(archive: folder, files: files, options: options, importers: importers), reader.facts, reader.files)
    }

    /// What the configurations of an archive whose model isn't there say of images.
    /// - Returns: the imaging contract, and the configurations read; nil where the archive has a model.
    package func contractWithoutModel(_ source: Source) throws(OsteonError) -> (imaging: ImagingContract, sourceFiles: [MappedFile])? {
        let folder = try ArchiveFolder(source)
        let facts: ArchiveFacts
        let files: [String]
        if Self.isMMAR(folder) {
            var reader = MMARReader(folder)
            try reader.read()
            if (try? Self.modelFiles(folder, reader)) != nil { return nil }
            (facts, files) = (reader.facts, reader.files)
        } else {
            let bundle = MONAIBundle(folder)
            if (try? bundle.modelFiles()) != nil { return nil }
            (facts, files) = try bundle.describe()
        }
        return (try ContractAssembly(facts, nil, nil).contract(), try files.map(folder.map))
    }

    /// The model that an MMAR's configurations name, or the best there is.
    private static func modelFiles(_ folder: ArchiveFolder, _ reader: MMARReader) throws(OsteonError) -> ModelFiles {
        var reader = reader
        var folders: [String] = []
        var named: [String] = []
        if let directory = try reader.text(of: "MMAR_CKPT_DIR") {
            folders.append(
                try locating("config/environment.json, MMAR_CKPT_DIR") { () throws(OsteonError) in try ArchivePath.location(directory) })
        }
        for (path, file) in reader.modelPaths {
            let location = try locating(file) { () throws(OsteonError) in try ArchivePath.location(path) }
            let parts = location.split(separator: "/").map(String.init)
            guard let last = parts.last, last.contains(".") else {
                folders.append(location)
                continue
            }
            folders.append(parts.dropLast().joined(separator: "/"))
            // What a rewritten graph was made from lies beside it.
            if last.hasSuffix(".trt.pb") { named.append(String(last.dropLast(".trt.pb".count)) + ".fzn.pb") }
            named.append(last)
        }
        return try ModelFiles.find(
            in: folder, folders: folders + ["models", ""], named: named + reader.checkpointNames, order: ModelFiles.tensorFlowFirst)
    }

    /// Imports the model and puts what's known of it together.
    /// - Parameter configurations: those that were read.
    static func finish(
        _ archived: ArchivedModel, _ facts: ArchiveFacts, _ configurations: [String]
    ) throws(OsteonError) -> ImportedModel {
        var facts = facts
        var model = try archived.imported(&facts)
        let contract = try ContractAssembly(facts, model.graph, archived.files.kind).contract()
        model.notes += archived.files.notes
        model.imaging = contract
        for location in configurations {
            let file = try archived.archive.map(location)
            if !model.sourceFiles.contains(where: { $0 === file }) { model.sourceFiles.append(file) }
        }
        return model
    }
}
