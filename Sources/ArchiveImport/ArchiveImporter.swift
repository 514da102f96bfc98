import Bytes
import Container
import GraphIR

/// Reads the folders that models are published in: Clara Train MMARs and MONAI bundles.
///
/// The model in them is imported by its own importer; the configurations around it become the imaging contract
/// (`ImportedModel.imaging`). Only files that truly lie in the folder are read, whatever a configuration names.
package enum ArchiveImporter {
    /// Whether the folder has the layout of an MMAR or a bundle.
    package static func recognizes(folder path: String) -> Bool {
        guard let folder = try? ArchiveFolder(path: path) else { return false }
        return isMMAR(folder) || MONAIBundle.recognizes(folder)
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
    /// - Parameter options: names and shapes as for the model's own importer; they win over the archive's.
    /// - Throws: `.unsafeReference` for a configuration that names a model outside the folder, `.unsupported` for a model that
    ///   can't be read (it's said what would be), `.malformed` for a broken configuration that nothing else makes up for.
    package static func importArchive(path: String, options: ImportOptions = ImportOptions()) throws(OsteonError) -> ImportedModel {
        let folder = try ArchiveFolder(path: path)
        return try isMMAR(folder) ? importMMAR(folder, options) : MONAIBundle(folder).importModel(options)
    }

    /// What the configurations of an archive whose model isn't there say of images.
    /// - Returns: the imaging contract as JSON, and the configurations read; nil where the archive has a model.
    package static func readContractWithoutModel(path: String) throws(OsteonError) -> (imaging: JSONValue, sourceFiles: [String])? {
        let folder = try ArchiveFolder(path: path)
        let facts: ArchiveFacts
        let files: [String]
        if isMMAR(folder) {
            var reader = MMARReader(folder)
            try reader.read()
            if (try? modelFiles(folder, reader)) != nil { return nil }
            (facts, files) = (reader.facts, reader.files)
        } else {
            let bundle = MONAIBundle(folder)
            if (try? bundle.modelFiles()) != nil { return nil }
            (facts, files) = try bundle.describe()
        }
        return (try ContractAssembly(facts, nil, nil).contract().json, files.map(folder.fullPath))
    }

    private static func importMMAR(_ folder: ArchiveFolder, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        var reader = MMARReader(folder)
        try reader.read()
        let files = try modelFiles(folder, reader)
        return try finish(folder, files, reader.facts, reader.files, options)
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
    static func finish(
        _ folder: ArchiveFolder, _ files: ModelFiles, _ facts: ArchiveFacts, _ configurations: [String], _ options: ImportOptions
    ) throws(OsteonError) -> ImportedModel {
        var facts = facts
        var model = try ModelImport(archive: folder, files: files, options: options).run(&facts)
        let contract = try ContractAssembly(facts, model.graph, files.kind).contract()
        model.notes += files.notes
        model.imaging = contract.json
        for location in configurations {
            let path = folder.fullPath(location)
            if !model.sourceFiles.contains(path) { model.sourceFiles.append(path) }
        }
        return model
    }
}
