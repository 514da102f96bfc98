import Bytes
import Container
import Foundation
import ONNXImport
import TensorFlowImport

/// The formats a model can come in, told by content, never by the file's name.
public enum SourceFormat: String, Sendable, CaseIterable {
    case osteon
    case onnx
    case tensorFlowGraph = "tensorflow-graph"

    /// What a person calls it.
    public var title: String {
        switch self {
        case .osteon: "Osteon"
        case .onnx: "ONNX"
        case .tensorFlowGraph: "TensorFlow frozen graph"
        }
    }

    /// The format of the file at `path`.
    /// - Throws: `.unreadable` where it can't be opened, `.unsupported` where no reader knows it.
    public static func recognize(path: String) throws(OsteonError) -> SourceFormat {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw OsteonError(.unsupported, "\(path) is a folder; give the model file itself (.osteon, .onnx, frozen .pb).")
        }
        let file = try MappedFile(path: path)
        return try withExtendedLifetime(file) { () throws(OsteonError) in
            guard file.count > 0 else { throw OsteonError(.malformed, "\(path) is empty.") }
            if NativeFormat.recognizes(file.bytes) { return .osteon }
            // The two protobuf formats have no magic number: each reader looks at its own top-level fields.
            if TensorFlowImporter.recognizes(bytes: file.bytes) { return .tensorFlowGraph }
            if ONNXImporter.recognizes(file.bytes) { return .onnx }
            throw OsteonError(
                .unsupported,
                "\(path) is none of the formats Osteon reads (\(allCases.map(\.title).joined(separator: ", "))); it may be truncated or damaged.")
        }
    }
}
