import Bytes
import Container
import Foundation
import ONNXExport

/// A file that's proved and only has to be written.
struct PreparedExport {
    enum Content {
        case native(ModelFile)
        case onnx(ExportedModel)
        case triton(ExportedModel, TritonConfiguration)
    }

    var entry: ExportReport.Entry
    var content: Content

    /// Writes it.
    /// - Returns: its line of the report, with sizes.
    func write() throws(OsteonError) -> ExportReport.Entry {
        var files = [entry.file]
        switch content {
        case .native(let file): try NativeWriter.write(file, to: entry.file)
        case .onnx(let model):
            try model.write(to: entry.file)
            if model.hasExternalData { files.append(ExportedModel.dataPath(for: entry.file)) }
        case .triton(let model, let configuration):
            let folder = (entry.file as NSString).deletingLastPathComponent
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw OsteonError(.outputFailed, "Can't make the folder \(folder): \(error.localizedDescription)")
            }
            try model.write(to: entry.file)
            if model.hasExternalData { files.append(ExportedModel.dataPath(for: entry.file)) }
            // Last: a server that watches the folder takes the model up once it's configured.
            let place = (folder as NSString).deletingLastPathComponent + "/" + TritonConfiguration.fileName
            try AtomicFile.write(text: configuration.text, to: place)
            files.append(place)
        }
        var result = entry
        result.byteCount = files.reduce(0) { $0 + ((try? FileManager.default.attributesOfItem(atPath: $1)[.size] as? Int) ?? 0) }
        result.further = Array(files.dropFirst())
        return result
    }
}
