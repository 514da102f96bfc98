import Bytes
import GraphIR

/// Reads weights of PyTorch networks: state dicts of `torch.save` and safetensors files.
public enum TorchImporter {
    /// Whether `bytes` are those of a `torch.save` or safetensors file.
    public static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool { false }

    public static func importModel(path: String, options: ImportOptions = ImportOptions()) throws(OsteonError) -> ImportedModel {
        throw OsteonError(.unsupported, "PyTorch weights aren't read yet.")
    }
}
