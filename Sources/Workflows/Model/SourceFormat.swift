import ArchiveImport
import Bytes
import Container
import FoundationEssentials
import Glibc
import KerasImport
import ONNXImport
import TensorFlowImport
import TorchImport

/// The formats a model can come in, recognised by content, never by the file's name.
package enum SourceFormat: String, Sendable, CaseIterable {
    case osteon
    case onnx
    case tensorFlowGraph = "tensorflow-graph"
    case tensorFlowCheckpoint = "tensorflow-checkpoint"
    case savedModel = "saved-model"
    case keras
    case torch
    case archive

    /// What a person calls it.
    package var title: String {
        switch self {
        case .osteon: "Osteon"
        case .onnx: "ONNX"
        case .tensorFlowGraph: "TensorFlow frozen graph"
        case .tensorFlowCheckpoint: "TensorFlow checkpoint"
        case .savedModel: "SavedModel folder"
        case .keras: "Keras (HDF5 or .keras)"
        case .torch: "PyTorch or safetensors weights"
        case .archive: "MMAR or bundle folder"
        }
    }

    /// The format of the file or folder at `path`, which may also be the prefix of a TensorFlow checkpoint.
    /// - Throws: `.unreadable` where it can't be opened, `.unsupported` where no reader knows it.
    package static func recognize(path: String) throws(OsteonError) -> SourceFormat {
        if FileStatus.isFolder(path) { return try recognizeFolder(path) }
        if !FileStatus.exists(path), TensorFlowImporter.isCheckpoint(path) {
            return .tensorFlowCheckpoint
        }
        let file = try MappedFile(path: path)
        return try withExtendedLifetime(file) { () throws(OsteonError) in
            guard file.count > 0 else { throw OsteonError(.malformed, "\(path) is empty.") }
            if NativeFormat.recognizes(file.bytes) { return .osteon }
            if KerasImporter.recognizes(file.bytes) { return .keras }
            if TorchImporter.recognizes(file.bytes) { return .torch }
            if TensorFlowImporter.isCheckpoint(path) || TensorFlowImporter.isTrainingGraph(file.bytes) { return .tensorFlowCheckpoint }
            // The protobuf formats have no magic number: each reader looks at its own top-level fields.
            if let known = ForeignFile.describe(file.bytes, path) { throw OsteonError(.unsupported, known, trail: [path]) }
            if TensorFlowImporter.recognizes(bytes: file.bytes) { return .tensorFlowGraph }
            if ONNXImporter.recognizes(file.bytes) { return .onnx }
            if let error = TensorFlowImporter.refusalOfOldCheckpoint(path) { throw error }
            throw unknown(path)
        }
    }

    private static func recognizeFolder(_ path: String) throws(OsteonError) -> SourceFormat {
        if ArchiveImporter.recognizes(folder: path) { return .archive }
        if TensorFlowImporter.isSavedModel(path) { return .savedModel }
        if TensorFlowImporter.isCheckpoint(path) { return .tensorFlowCheckpoint }
        if let known = ForeignFile.describe(folder: path) { throw OsteonError(.unsupported, known, trail: [path]) }
        throw unknown(path)
    }

    private static func unknown(_ path: String) -> OsteonError {
        let formats = allCases.map(\.title).joined(separator: ", ")
        return OsteonError(.unsupported, "\(path) is none of the formats Osteon reads (\(formats)); it may be truncated or damaged.")
    }
}
