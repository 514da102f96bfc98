import Bytes
import GraphIR

/// Reads the folders that models are published in: Clara Train MMARs and MONAI bundles.
public enum ArchiveImporter {
    /// Whether the folder has the layout of an MMAR or a bundle.
    public static func recognizes(folder path: String) -> Bool { false }

    public static func importArchive(path: String, options: ImportOptions = ImportOptions()) throws(OsteonError) -> ImportedModel {
        throw OsteonError(.unsupported, "Archives aren't read yet.")
    }
}
