import Bytes
import GraphIR

extension TensorFlowImporter {
    /// Whether `path` is a checkpoint: its prefix, one of its files, or a folder that holds one.
    public static func isCheckpoint(_ path: String) -> Bool { false }
    public static func isSavedModel(_ path: String) -> Bool { false }
    public static func importCheckpoint(path: String, options: ImportOptions = ImportOptions()) throws(OsteonError) -> ImportedModel {
        throw OsteonError(.unsupported, "Checkpoints aren't read yet.")
    }
    public static func importSavedModel(path: String, options: ImportOptions = ImportOptions()) throws(OsteonError) -> ImportedModel {
        throw OsteonError(.unsupported, "SavedModels aren't read yet.")
    }
}
