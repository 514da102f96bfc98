import ArchiveImport
import Bytes
import Container
import Engine
import GraphIR
import Inspection
import KerasImport
import ONNXImport
import Optimizer
import TensorFlowImport
import Tensors
import TorchImport

/// A network and where it came from: what `osteon` opens, optimises, runs, compares and writes.
package struct Model: Sendable {
    package var graph: Graph
    package var format: SourceFormat
    package var path: String
    /// Things worth telling a person about the import.
    package var notes: [String] = []
    /// Framework and version that wrote the source, where it says.
    package var producer: String = ""
    /// The files read, the model's own first.
    package var sourceFiles: [String] = []
    /// Metadata of the source, key by key.
    package var metadata: [String: String] = [:]
    /// How the model is used on images, as the archive around it or a native file says; nil for a model alone.
    package var imaging: ImagingContract?
    /// Names of arrays that became part of the graph when it was opened; see `open(_:options:feeding:)`.
    package internal(set) var settledInputs: [String] = []
    /// A native file's own records; nil for a foreign source.
    package var native: ModelFile?

    /// Opens a model of any format.
    /// - Parameters:
    ///   - path: the file.
    ///   - options: where to cut the graph and what to feed; for every format.
    /// - Throws: `.unreadable`, `.malformed`, `.unsupported`… with the file on the trail.
    package static func open(_ path: String, options: ImportOptions = ImportOptions()) throws(OsteonError) -> Model {
        let format = try SourceFormat.recognize(path: path)
        do throws(OsteonError) {
            let model = try open(path, format, options)
            try EquivalentNames.refuse(model.graph.valueIDs.map { model.graph[$0].name })
            try EquivalentNames.refuse(model.graph.nodeIDs.map { model.graph[$0].name })
            return model
        } catch {
            // A fault of the file that describes the network is none of the weights.
            if case .file(let file)? = options.architecture, error.trail.contains(file) { throw error }
            throw error.at(path)
        }
    }

    /// Opens a model whose inputs will be fed `arrays`: where the file alone leaves open what a loop or condition depends on, they settle it.
    package static func open(
        _ path: String, options: ImportOptions, feeding arrays: @autoclosure () throws(OsteonError) -> [String: Tensor]
    ) throws(OsteonError) -> Model {
        do throws(OsteonError) {
            return try open(path, options: options)
        } catch  where error.code == .unsupported {
            var settled = options
            settled.arrays = try arrays()
            if settled.arrays.isEmpty { throw error }
            var model = try open(path, options: settled)
            model.settledInputs = settled.arrays.keys.filter { !model.inputNames.contains($0) && !model.outputNames.contains($0) }.sorted()
            return model
        }
    }

    private static func open(_ path: String, _ format: SourceFormat, _ options: ImportOptions) throws(OsteonError) -> Model {
        switch format {
        case .osteon:
            let file = try NativeReader.open(path)
            var model = Model(graph: file.graph, format: format, path: path, sourceFiles: [path], native: file)
            model.imaging = file.imaging
            try model.graph.cut(options)
            return model
        case .onnx:
            return try Model(ONNXImporter.importModel(path: path, options: options), format, path)
        case .tensorFlowGraph:
            return try Model(TensorFlowImporter.importFrozenGraph(path: path, options: options), format, path)
        case .tensorFlowCheckpoint:
            return try Model(TensorFlowImporter.importCheckpoint(path: path, options: options), format, path)
        case .savedModel:
            return try Model(TensorFlowImporter.importSavedModel(path: path, options: options), format, path)
        case .keras:
            return try Model(
                KerasImporter.importModel(path: path, options: options, operations: TensorFlowOperation.fragment), format, path)
        case .torch:
            return try Model(TorchImporter.importModel(path: path, options: options), format, path)
        case .archive:
            return try Model(ArchiveImporter.importArchive(path: path, options: options), format, path)
        }
    }

    private init(_ imported: ImportedModel, _ format: SourceFormat, _ path: String) throws(OsteonError) {
        graph = imported.graph
        self.format = format
        self.path = path
        notes = imported.notes
        producer = imported.producer
        sourceFiles = imported.sourceFiles
        metadata = imported.metadata
        if imported.imaging != .null { imaging = try ImagingContract(json: imported.imaging) }
    }

    private init(graph: Graph, format: SourceFormat, path: String, sourceFiles: [String], native: ModelFile) {
        self.graph = graph
        self.format = format
        self.path = path
        self.sourceFiles = sourceFiles
        self.native = native
    }

    package var inputNames: [String] { graph.inputs.map { graph[$0].name } }
    package var outputNames: [String] { graph.outputs.map { graph[$0].name } }

    /// The model with its graph rewritten by `pipeline`.
    package func optimized(
        _ pipeline: Pipeline = .standard, _ options: OptimizationOptions = OptimizationOptions()
    ) throws(OsteonError) -> (model: Model, report: OptimizationReport) {
        var result = self
        let report = try result.graph.optimize(pipeline, options: options)
        return (result, report)
    }
}
