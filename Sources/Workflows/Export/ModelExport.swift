import Bytes
import Container
import Engine
import Glibc
import GraphIR
import ONNXExport
import Optimizer
import Tensors
import Verification

/// Import, bind shapes, optimise, prove, write, in the native format or as ONNX: what `osteon export` does.
package struct ModelExport {
    package var source: String
    package var importOptions: ImportOptions
    /// The file to write, `.osteon` or `.onnx`. With several shapes `{shape}` in it stands for each, or the shape goes before the
    /// extension. May be left out where a Triton repository is written.
    package var destination: String?
    /// The folder of a Triton model repository to put the model into, as ONNX.
    package var tritonRepository: String?
    /// The model's name there; by default the archive's, or the source's without its extension.
    package var tritonName: String?
    /// The largest batch a Triton server may make, where the batch is free.
    package var tritonBatch = 4
    /// The shapes of each file, of one input or of several. Without any, free dimensions stay free, which only ONNX is written with.
    package var shapes: [[ShapeRequest]] = []
    /// The extent of a free batch axis that no shape gives.
    package var batch: Int?
    package var opset = ONNXExportOptions.standardOpset
    /// Whether ONNX weights go into a file of their own even where they needn't.
    package var externalData = false
    package var optimize = true
    /// The largest difference allowed from the source's model at the same shape, relative to the largest magnitude of an output;
    /// `ExportProof` allows more for values in 16 bits.
    package var tolerance = 1e-4
    package var engine = PlanOptions()

    package init(source: String, importOptions: ImportOptions = ImportOptions(), destination: String? = nil) {
        self.source = source
        self.importOptions = importOptions
        self.destination = destination
    }

    /// Exports. Every file is proved before the first is written.
    /// - Parameter progress: gets a line a stage.
    /// - Throws: `.usage` for shapes that don't fit the model's inputs, `.invalidGraph` for a size the network doesn't take,
    ///   `.unsupported` for what the operator set can't express, `.verificationFailed` where a file computes something else.
    package func run(progress: (String) -> Void = { _ in }) throws(OsteonError) -> ExportReport {
        let plan = try ExportTargets(self)
        try OutputPaths.check(plan.destinations, inputs: [source])
        progress("reading \(source)")
        let model = try Model.open(source, options: importOptions, isRecorded: true)
        var report = ExportReport(notes: model.notes + model.weightRemarks)
        var prepared: [PreparedExport] = []
        let files = try plan.files(for: model)
        try OutputPaths.check(
            files.flatMap(\.targets).flatMap(\.paths), inputs: [source] + model.sourceFiles.map(\.path),
            makingFolders: tritonRepository != nil)
        for (shape, targets) in files {
            let variant = try variant(of: model, shape, progress)
            for target in targets { prepared.append(try prepare(variant, target, model, progress)) }
        }
        for export in prepared {
            progress("writing \(export.entry.file)")
            let entry = try export.write()
            report.entries.append(entry)
            report.notes += entry.checks.remarks.map { "\(entry.file), \($0)" }
            for file in entry.earlierData {
                report.notes.append(
                    """
                    \(file) holds weights of an earlier export, which \(entry.file) no longer reads; remove it unless a copy of \
                    that model needs it
                    """
                )
            }
        }
        return report
    }

    // MARK: Variants

    /// The model as it's written for one shape, or for all.
    private struct Variant {
        var model: Model
        /// By input; empty where free dimensions stay free.
        var shapes: [String: [Int]]
        var passes: [Provenance.Pass]
        var title: String
    }

    private func variant(of model: Model, _ requests: [ShapeRequest]?, _ progress: (String) -> Void) throws(OsteonError) -> Variant {
        var result = Variant(model: model, shapes: [:], passes: [], title: requests?.text ?? "open shapes")
        if let requests {
            result.shapes = try FixedShapes(requests, batch: batch, for: model).shapes
            progress("binding \(requests.text)")
            try result.model.graph.specialize(model.graph.bindings(for: result.shapes), inputShapes: result.shapes)
        }
        guard optimize else { return result }
        let report = try result.model.graph.optimize()
        result.passes = report.passes.filter { $0.count > 0 }.map { Provenance.Pass(id: $0.id, count: $0.count) }
        return result
    }

    private func prepare(
        _ variant: Variant, _ target: ExportTargets.Target, _ model: Model, _ progress: (String) -> Void
    ) throws(OsteonError) -> PreparedExport {
        let proof = ExportProof(model: model, shapes: variant.shapes, tolerance: tolerance, engine: engine)
        var entry = ExportReport.Entry(
            file: target.path, shapes: variant.shapes, nodesBefore: model.graph.nodeCount, nodesAfter: variant.model.graph.nodeCount)
        var file = try variant.model.nativeFile(passes: variant.passes, options: options(variant))
        guard target.kind != .native else {
            progress("comparing the variant with the model at \(variant.title)")
            let result = try proof.run(variant.model)
            entry.set(result)
            file.memory = try MemoryHint(planning: variant.model.graph)
            entry.arenaByteCount = file.memory?.arenaByteCount
            // Older checks are of a model of other shapes.
            file.verification = file.verification.map(\.inherited)
            file.verification.append(.record(try proof.record(result, of: variant.model, variant.passes)))
            return PreparedExport(entry: entry, content: .native(file))
        }
        progress("writing ONNX nodes for \(variant.title)")
        let exported = try ONNXExporter.export(variant.model.graph, onnxOptions(file))
        entry.nodesAfter = exported.nodeCount
        progress("importing the ONNX model and comparing it with the original at \(variant.title)")
        let result = try proof.run(exported, beside: target.path)
        entry.set(result)
        guard case .triton(let name) = target.kind else { return PreparedExport(entry: entry, content: .onnx(exported)) }
        let configuration = try TritonConfiguration(
            name: name, graph: variant.model.graph, largestBatch: tritonBatch, outputShapes: result.outputShapes)
        return PreparedExport(entry: entry, content: .triton(exported, configuration))
    }

    /// The options that change the result, for the record.
    private func options(_ variant: Variant) -> [String: String] {
        var result = importOptions.changes
        for (name, shape) in variant.shapes { result["shape \(name)"] = shape.map(String.init).joined(separator: "x") }
        if !optimize { result["optimize"] = "no" }
        return result
    }

    /// The options of the ONNX writer; the native file's records travel as metadata.
    private func onnxOptions(_ file: ModelFile) throws(OsteonError) -> ONNXExportOptions {
        var result = ONNXExportOptions(opset: opset)
        result.externalData = externalData ? true : nil
        result.producer = ("osteon", OsteonVersion.current)
        result.metadata = try file.exchangeMetadata()
        return result
    }
}

extension ModelFile {
    /// What travels with the model in another format: its records under keys of their own, and what its source said.
    func exchangeMetadata() throws(OsteonError) -> [(key: String, value: String)] {
        var result: [String: String] = [:]
        for (key, value) in metadata where key != "source_metadata" { result[key] = value }
        if let text = metadata["source_metadata"], let members = try? JSONValue(parsing: text).members() {
            for member in members { result[member.name] = try? member.value.string() }
        }
        result["osteon.provenance"] = provenance.json.text()
        if let imaging { result["osteon.imaging"] = imaging.json.text() }
        return result.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
