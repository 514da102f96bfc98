import Bytes
import GraphIR

/// Reads Keras models: HDF5 files of Keras 1.2, 2 and 3, and `.keras` archives.
public enum KerasImporter {
    /// Whether `bytes` are those of an HDF5 file or a `.keras` archive.
    public static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool { false }

    public static func importModel(path: String, options: ImportOptions = ImportOptions()) throws(OsteonError) -> ImportedModel {
        throw OsteonError(.unsupported, "Keras models aren't read yet.")
    }
}
