import Bytes
import FoundationEssentials
import Glibc
import GraphIR
import WireFormats

extension TensorFlowImporter {
    /// Whether `path` is a checkpoint of version 2: its prefix, one of its files, or a folder that holds one.
    package static func isCheckpoint(_ path: String) -> Bool { CheckpointFiles.recognizes(path) }

    /// The error for a checkpoint of version 1, which isn't read; nil where `path` is none of its files.
    package static func refusalOfOldCheckpoint(_ path: String) -> OsteonError? {
        CheckpointFiles.versionOne(path).map(CheckpointFiles.oldVersion)
    }

    /// Whether `bytes` begin as the file of a training graph does (`.meta`).
    package static func isTrainingGraph(_ bytes: UnsafeRawBufferPointer) -> Bool { MetaGraph.recognizes(bytes) }

    /// Imports a checkpoint with its training graph: the `.meta` beside the index, cut to what the output depends on.
    ///
    /// Without `options.outputs` the output is `NV_MODEL_OUTPUT` where the graph has it, else the one softmax or sigmoid
    /// there is. Variables borrow the mapped shards' memory; an optimiser's slots aren't read.
    /// - Parameter path: the prefix, one of the checkpoint's files, or its folder.
    /// - Throws: `.unsupported` where there's no graph beside the weights, `.malformed` for damage, a missing variable and
    ///   shapes that disagree, `.usage` where the output isn't certain.
    package static func importCheckpoint(
        path: String, options: ImportOptions = ImportOptions()
    ) throws(OsteonError) -> ImportedModel {
        let files = try CheckpointFiles(path)
        let bundle = try TensorBundle(prefix: files.prefix)
        let graphPath = files.graphPath
        guard FileManager.default.fileExists(atPath: graphPath) else {
            let names = bundle.names
            throw OsteonError(
                .unsupported,
                "\(files.prefix) has weights only (\(names.count) entries, \(names.prefix(3).joined(separator: ", ")), …): the graph, \(graphPath), isn't there."
            )
        }
        return try locating(graphPath) { () throws(OsteonError) in
            let file = try MappedFile(path: graphPath)
            let meta = try withExtendedLifetime(file) { () throws(OsteonError) in try MetaGraph(file.bytes, of: file) }
            return try importGraph(
                GraphSource(
                    definition: meta.graph, files: [graphPath], format: "tensorflow-checkpoint", producer: meta.producer, bundle: bundle,
                    restoredBy: meta.description.saverDef.restoreOpName, isForTraining: true, notes: files.notes),
                options: options)
        }
    }
}
