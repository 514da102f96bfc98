import Bytes
import Container
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
        var earlier: [String] = []
        switch content {
        case .native(let file): try NativeWriter.write(file, to: entry.file)
        case .onnx(let model):
            files = try model.write(to: entry.file)
            earlier = ExternalData.earlier(beside: entry.file, than: files)
        case .triton(let model, let configuration):
            try OutputPaths.makeFolder(Paths.folder(of: entry.file))
            files = try model.write(to: entry.file)
            earlier = ExternalData.earlier(beside: entry.file, than: files)
            // Last: a server that watches the folder takes the model up once it's configured.
            let place = TritonConfiguration.path(for: entry.file)
            try AtomicFile.write(text: configuration.text, to: place)
            files.append(place)
        }
        var result = entry
        result.earlierData = earlier
        result.byteCount = files.reduce(0) { $0 + (FileStatus.size($1) ?? 0) }
        result.further = Array(files.dropFirst())
        return result
    }
}
