import Bytes
import GraphIR
import WireFormats

/// Reads checkpoints of version 2 with their training graph: the `.meta` beside the index, cut to what the output depends on.
///
/// A source is the prefix of the files' names, one of the files, or the folder that holds them. Without `ImportOptions.outputs` the output
/// is `NV_MODEL_OUTPUT` where the graph has it, else the one softmax or sigmoid there is. Variables borrow the mapped shards' memory; an
/// optimiser's slots aren't read.
package struct CheckpointImporter: ModelImporter {
    package let format = SourceFormat("tensorflow-checkpoint", title: "TensorFlow checkpoint")

    package init() {}

    package func recognize(_ source: Source) -> Recognition {
        let isTrainingGraph = source.file.map { MetaGraph.recognizes($0.bytes) } ?? false
        return isTrainingGraph || (try? CheckpointFiles(source)) != nil ? .likely : .no
    }

    /// Of a checkpoint of version 1, which isn't read.
    package func refusal(of source: Source) -> OsteonError? {
        source.file == nil ? nil : CheckpointFiles.versionOne(source).map(CheckpointFiles.oldVersion)
    }

    /// - Throws: `.unsupported` where there's no graph beside the weights, `.malformed` for damage, a missing variable and
    ///   shapes that disagree, `.usage` where the output isn't certain.
    package func importModel(_ source: Source, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        let files = try CheckpointFiles(source)
        let bundle = try TensorBundle(prefix: files.prefix, in: source.folder)
        let graph = files.prefix + ".meta"
        let graphPath = source.folder.path(of: graph)
        guard source.folder.contains(graph) else {
            let names = bundle.names
            throw OsteonError(
                .unsupported,
                """
                \(bundle.prefix) has weights only (\(names.count) entries, \(names.prefix(3).joined(separator: ", ")), …): the \
                graph, \(graphPath), isn't there.
                """
            )
        }
        return try locating(graphPath) { () throws(OsteonError) in
            let file = try source.folder.map(graph)
            let meta = try MetaGraph(file.bytes, of: file)
            let source = GraphSource(
                definition: meta.graph, files: [file], format: "tensorflow-checkpoint", producer: meta.producer, bundle: bundle,
                restoredBy: meta.description.saverDef.restoreOpName, isForTraining: true, notes: files.notes)
            return try source.importModel(options)
        }
    }
}
