import Bytes
import FoundationEssentials
import Glibc
import GraphIR
import WireFormats

extension TensorFlowImporter {
    /// Whether the folder holds a SavedModel.
    package static func isSavedModel(_ folder: String) -> Bool {
        ["saved_model.pb", "saved_model.pbtxt"].contains { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    }

    /// Imports one signature of a SavedModel (TensorFlow 1 and 2): functions inlined, variables bound to the checkpoint in it.
    ///
    /// Inputs and outputs take the names the signature gives them.
    /// - Parameters:
    ///   - path: the folder, or the `saved_model.pb` in it.
    ///   - options: `signature` chooses; without it `serving_default`, or the only one there is.
    /// - Throws: `.usage` where several signatures could be meant, else as `importCheckpoint`.
    package static func importSavedModel(
        path: String, options: ImportOptions = ImportOptions()
    ) throws(OsteonError) -> ImportedModel {
        let folder = path.hasSuffix("/saved_model.pb") ? String(path.dropLast("/saved_model.pb".count)) : path
        let graphPath = "\(folder)/saved_model.pb"
        guard FileManager.default.fileExists(atPath: graphPath) else {
            throw OsteonError(.unsupported, "\(folder) holds its graph as text (saved_model.pbtxt); only saved_model.pb is read.")
        }
        return try locating(graphPath) { () throws(OsteonError) in
            let file = try MappedFile(path: graphPath)
            let graphs = try withExtendedLifetime(file) { () throws(OsteonError) in try metaGraphs(file) }
            let meta = try serving(graphs)
            let signature = try SavedSignature(meta, named: options.signature)
            let prefix = "\(folder)/variables/variables"
            let bundle = FileManager.default.fileExists(atPath: prefix + ".index") ? try TensorBundle(prefix: prefix) : nil
            var source = GraphSource(
                definition: meta.graph, files: [graphPath], format: "saved-model", producer: meta.producer, bundle: bundle,
                restoredBy: meta.description.saverDef.restoreOpName, names: signature.names, inputs: signature.inputs)
            if signature.others.count > 0 {
                source.notes.append("the signature is \(signature.name); there are also \(signature.others.joined(separator: ", "))")
            }
            return try importGraph(source, options: signature.cutting(options))
        }
    }

    private static func metaGraphs(_ file: MappedFile) throws(OsteonError) -> [MetaGraph] {
        var reader = ByteReader(file.bytes)
        var result: [MetaGraph] = []
        while let field = try WireField(from: &reader) {
            guard field.number == 2, field.wireType == 2 else { continue }
            guard result.count < 16 else { throw OsteonError(.limitExceeded, "The SavedModel holds more than 16 graphs.") }
            result.append(try MetaGraph(field.payload, of: file))
        }
        return result
    }

    /// The graph tagged for serving; the only one where there's one.
    private static func serving(_ graphs: [MetaGraph]) throws(OsteonError) -> MetaGraph {
        if let graph = graphs.first(where: { $0.description.metaInfoDef.tags == ["serve"] }) { return graph }
        if let graph = graphs.first(where: { $0.description.metaInfoDef.tags.contains("serve") }) { return graph }
        if graphs.count == 1 { return graphs[0] }
        guard !graphs.isEmpty else {
            throw OsteonError(.malformed, "There's no graph in the file: it isn't a SavedModel, or it's cut off.")
        }
        let tags = graphs.map { "[\($0.description.metaInfoDef.tags.joined(separator: ", "))]" }.joined(separator: ", ")
        throw OsteonError(.unsupported, "None of its graphs is tagged for serving; the tags are \(tags).")
    }
}
