import ArchiveImport
import Bytes
import Container
import Contracts
import Engine
import GraphIR
import Inspection
import Optimizer
import Tensors

/// A network and where it came from: what `osteon` opens, optimises, runs, compares and writes.
package struct Model: Sendable {
    package var graph: Graph
    package var format: SourceFormat
    /// What it was read from.
    package let source: Source
    /// Things worth telling a person about the import.
    package var notes: [String] = []
    /// Framework and version that wrote the source, where it says.
    package var producer: String = ""
    /// The files read, the model's own first.
    package var sourceFiles: [MappedFile] = []
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
    ///   - path: the file or folder, or the prefix of a checkpoint's files.
    ///   - options: where to cut the graph and what to feed; for every format.
    ///   - isRecorded: whether what's made of it will record its files' digests, which are then computed meanwhile.
    /// - Throws: `.unreadable`, `.malformed`, `.unsupported`… with the file on the trail.
    package static func open(
        _ path: String, options: ImportOptions = ImportOptions(), isRecorded: Bool = false
    ) throws(OsteonError) -> Model {
        try open(path, options: options, feeding: [:], isRecorded: isRecorded)
    }

    /// Opens a model whose inputs will be fed `arrays`: where the file alone leaves open what a loop or condition depends on, they settle
    /// it.
    package static func open(
        _ path: String, options: ImportOptions, feeding arrays: @autoclosure () throws(OsteonError) -> [String: Tensor],
        isRecorded: Bool = false
    ) throws(OsteonError) -> Model {
        let source = try Source(path: path)
        let importer = try ModelImporters.recognize(source)
        // A native file's own records say what it was made from.
        let isRecorded = isRecorded && !(importer is NativeImporter)
        if isRecorded, let file = source.file { source.digests.begin([file]) }
        var model: Model
        do throws(OsteonError) {
            model = try open(source, importer, options)
        } catch  where error.code == .unsupported {
            var settled = options
            settled.arrays = try arrays()
            if settled.arrays.isEmpty { throw error }
            model = try open(source, importer, settled)
            model.settledInputs = settled.arrays.keys.filter { !model.inputNames.contains($0) && !model.outputNames.contains($0) }.sorted()
        }
        if isRecorded { source.digests.begin(model.sourceFiles) }
        return model
    }

    private static func open(
        _ source: Source, _ importer: any ModelImporter, _ options: ImportOptions
    ) throws(OsteonError) -> Model {
        do throws(OsteonError) {
            let model = try Model(source, importer, options)
            try EquivalentNames.refuse(model.graph.valueIDs.map { model.graph[$0].name })
            try EquivalentNames.refuse(model.graph.nodeIDs.map { model.graph[$0].name })
            return model
        } catch {
            // A fault of the file that describes the network is none of the weights.
            if case .file(let file)? = options.architecture, error.trail.contains(file) { throw error }
            throw error.at(source.path)
        }
    }

    private init(_ source: Source, _ importer: any ModelImporter, _ options: ImportOptions) throws(OsteonError) {
        self.source = source
        format = importer.format
        if let importer = importer as? NativeImporter {
            let file = try importer.read(source)
            graph = file.graph
            sourceFiles = [try source.mapped()]
            imaging = file.imaging
            native = file
            try graph.cut(options)
            return
        }
        let imported = try importer.importModel(source, options)
        graph = imported.graph
        notes = imported.notes
        producer = imported.producer
        sourceFiles = imported.sourceFiles
        metadata = imported.metadata
        imaging = imported.imaging
    }

    /// Where it was read from, as the user gave it.
    package var path: String { source.path }

    /// The files it was read from, for a record: each as it was imported.
    /// - Throws: `.unreadable` where one was written to since.
    func sourceEntries() throws(OsteonError) -> [Provenance.Source] {
        var result: [Provenance.Source] = []
        for file in sourceFiles { result.append(Provenance.Source(file, try source.digests.digest(of: file))) }
        return result
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
