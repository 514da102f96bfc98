import Bytes
import Container
import GraphIR
import Optimizer

extension Model {
    /// The native file of this model, with its records.
    ///
    /// A native source keeps its own: where it came from first is what counts.
    /// - Parameters:
    ///   - passes: what ran on it now.
    ///   - options: the options that change the result, for the record.
    func nativeFile(passes: [Provenance.Pass], options: [String: String]) throws(OsteonError) -> ModelFile {
        if var file = native {
            file.graph = graph
            file.imaging = imaging
            file.provenance.passes += passes
            file.provenance.options.merge(options) { $1 }
            return file
        }
        let metadata = metadata.sorted { $0.key < $1.key }.map { (name: $0.key, value: JSONValue.string($0.value)) }
        return ModelFile(
            graph: graph, tool: "osteon \(OsteonVersion.current)",
            provenance: Provenance(
                format: format.name, producer: producer, sources: try sourceEntries(), options: options, passes: passes, notes: notes),
            imaging: imaging, metadata: metadata.isEmpty ? [:] : ["source_metadata": JSONValue.record(metadata).text()])
    }
}

extension ImportOptions {
    /// The options that change what's imported, for the record.
    var changes: [String: String] {
        var result: [String: String] = [:]
        for (name, shape) in inputs {
            result["input \(name)"] = shape.map { $0.map(String.init).joined(separator: "x") } ?? ""
        }
        for (name, value) in constants { result["input \(name)"] = "=\(value)" }
        if !outputs.isEmpty { result["outputs"] = outputs.joined(separator: ",") }
        if let signature { result["signature"] = signature }
        if let architecture { result["architecture"] = "\(architecture)" }
        result["keras backend"] = kerasOrigin.backend?.rawValue
        result["keras data format"] = kerasOrigin.dataFormat?.rawValue
        result["keras version"] = kerasOrigin.version
        return result
    }
}
