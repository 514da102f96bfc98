import Bytes
import GraphIR
import WireFormats

/// Reads one signature of a SavedModel (TensorFlow 1 and 2): functions inlined, variables bound to the checkpoint in it.
///
/// Inputs and outputs take the names the signature gives them; `ImportOptions.signature` chooses it, without it `serving_default` or the
/// only one there is.
package struct SavedModelImporter: ModelImporter {
    package let format = SourceFormat("saved-model", title: "SavedModel folder")
    private static let graph = "saved_model.pb"

    package init() {}

    package func recognize(_ source: Source) -> Recognition {
        source.isFolder && [Self.graph, "saved_model.pbtxt"].contains(where: source.folder.contains) ? .certain : .no
    }

    /// - Throws: `.usage` where several signatures could be meant, else as for a checkpoint.
    package func importModel(_ source: Source, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        let folder = source.folder
        guard folder.contains(Self.graph) else {
            throw OsteonError(.unsupported, "\(folder.path) holds its graph as text (saved_model.pbtxt); only saved_model.pb is read.")
        }
        return try locating(folder.path(of: Self.graph)) { () throws(OsteonError) in
            let file = try folder.map(Self.graph)
            let graphs = try Self.metaGraphs(file)
            let meta = try Self.serving(graphs)
            let signature = try SavedSignature(meta, named: options.signature)
            let prefix = "variables/variables"
            let bundle = folder.contains(prefix + ".index") ? try TensorBundle(prefix: prefix, in: folder) : nil
            var graph = GraphSource(
                definition: meta.graph, files: [file], format: "saved-model", producer: meta.producer, bundle: bundle,
                restoredBy: meta.description.saverDef.restoreOpName, names: signature.names, inputs: signature.inputs)
            if signature.others.count > 0 {
                graph.notes.append("the signature is \(signature.name); there are also \(signature.others.joined(separator: ", "))")
            }
            return try graph.importModel(signature.cutting(options))
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
