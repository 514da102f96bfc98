import Bytes
import Container
import Foundation
import GraphIR
import Tensors
import TestSupport
import Testing
import Workflows

/// What a source is recognised as, and that its record is of what was imported.
@Suite struct SourceTests {
    /// Every fixture that is a model, with the name of its format.
    private static let fixtures: [(path: String, format: String)] =
        files("onnx", [".onnx"], "onnx") + files("tensorflow", [".pb"], "tensorflow-graph") + files("keras", [".h5", ".keras"], "keras")
        + files("torch", [".pt", ".safetensors"], "torch") + files("mmar", [""], "archive") + files("trained", [""], "archive")
        + ["keras", "graph_mode", "module"].map { ("tensorflow_saved/\($0)", "saved-model") }
        + ["", "/model.ckpt", "/model.ckpt.index", "/model.ckpt.meta", "/model.ckpt.data-00000-of-00001"].map {
            ("tensorflow_saved/resource\($0)", "tensorflow-checkpoint")
        }

    private static func files(_ folder: String, _ endings: [String], _ format: String) -> [(path: String, format: String)] {
        ArchiveFixture.names(in: folder).filter { name in endings.contains { name.hasSuffix($0) } }.map { ("\(folder)/\($0)", format) }
    }

    /// Whatever the table's order, nobody else takes a file of another's for more than a guess.
    @Test func everyFixtureIsRecognizedByItsImporterAlone() throws {
        #expect(Set(Self.fixtures.map(\.format)).count == 7 && Self.fixtures.count > 100)
        for (path, format) in Self.fixtures {
            let source = try Source(path: Project.fixture(path))
            let takers = ModelImporters.all.filter { $0.recognize(source) > .no }.map(\.format.name)
            #expect(takers == [format], "\(path)")
            #expect(try ModelImporters.recognize(source).format.name == format, "\(path)")
        }
    }

    /// A native file is a safetensors file too: between two signatures the table's order decides.
    @Test func aNativeFileIsRecognizedBeforeWeights() throws {
        let folder = try Scratch()
        try NativeWriter.write(ModelFile(graph: Model.open(Project.fixture("onnx/unet3d_small.onnx")).graph), to: folder.file("m.onnx"))
        let source = try Source(path: folder.file("m.onnx"))
        #expect(ModelImporters.all.filter { $0.recognize(source) > .no }.map(\.format.name) == ["osteon", "torch"])
        #expect(try ModelImporters.recognize(source).format.title == "Osteon")
    }

    @Test func formatsAreListedForWhatNobodyKnows() throws {
        #expect(Set(ModelImporters.all.map(\.format.name)).count == ModelImporters.all.count)
        let folder = try Scratch()
        try Data((0...255).map { UInt8($0) }).write(to: URL(fileURLWithPath: folder.file("x")))
        let error = try #require(throws: OsteonError.self) { try ModelImporters.recognize(Source(path: folder.file("x"))) }
        #expect(error.code == .unsupported && error.trail.isEmpty)
        #expect(
            error.message
                == "\(folder.file("x")) is none of the formats Osteon reads (Osteon, ONNX, TensorFlow frozen graph, TensorFlow checkpoint, "
                + "SavedModel folder, Keras (HDF5 or .keras), PyTorch or safetensors weights, MMAR or bundle folder); it may be truncated or damaged."
        )
    }

    /// A folder around a model is taken as a whole, and what's beside a file or known of another kind goes before a guess.
    @Test func theSurestRecognitionWins() throws {
        let folder = try Scratch()
        func recognized(_ path: String) throws -> String { try ModelImporters.recognize(Source(path: path)).format.name }
        try FileManager.default.copyItem(atPath: Project.fixture("tensorflow_saved/graph_mode"), toPath: folder.file("a"))
        for suffix in ["index", "meta", "data-00000-of-00001"] {
            try FileManager.default.copyItem(
                atPath: Project.fixture("tensorflow_saved/resource/model.ckpt.\(suffix)"), toPath: folder.file("a/m.\(suffix)"))
        }
        #expect(try recognized(folder.file("a")) == "saved-model" && recognized(folder.file("a/m")) == "tensorflow-checkpoint")
        try FileManager.default.copyItem(atPath: Project.fixture("onnx/unet3d_small.onnx"), toPath: folder.file("a/m"))
        #expect(try recognized(folder.file("a/m")) == "tensorflow-checkpoint")
        try FileManager.default.removeItem(atPath: folder.file("a/m"))
        try FileManager.default.copyItem(atPath: Project.fixture("keras/k2_unet3d.h5"), toPath: folder.file("a/m"))
        #expect(try recognized(folder.file("a/m")) == "keras")
        for name in ["models", "commands"] {
            try FileManager.default.createDirectory(atPath: folder.file("a/\(name)"), withIntermediateDirectories: true)
        }
        #expect(try recognized(folder.file("a")) == "archive")
    }

    /// The file is replaced once it has been looked at; what's imported and recorded is what was looked at.
    @Test(arguments: [
        ("onnx/unet3d_small.onnx", "onnx/segresnet3d_small.onnx"), ("tensorflow/unet2d.pb", "tensorflow/unet3d.pb"),
        ("keras/k2_unet3d.h5", "keras/k2_sequential.h5"), ("keras/k3_unet2d.keras", "keras/k3_sequential.keras"),
    ])
    func aReplacedFileIsImportedAsItWas(old: String, new: String) throws {
        let folder = try Scratch()
        let path = folder.file("model")
        try FileManager.default.copyItem(atPath: Project.fixture(old), toPath: path)
        let source = try Source(path: path)
        let importer = try ModelImporters.recognize(source)
        try replace(path, by: Project.fixture(new))
        let model = try importer.importModel(source, ImportOptions())
        #expect(try GraphText.of(model.graph) == GraphText.of(Model.open(Project.fixture(old)).graph))
        #expect(model.sourceFiles.count == 1 && model.sourceFiles[0] === source.file)
        #expect(try source.digests.digest(of: model.sourceFiles[0]) == digest(Project.fixture(old)))
    }

    /// Each file is replaced when its import is done, before its record is written.
    @Test(arguments: [
        ("onnx/unet3d_small.onnx", [""]), ("tensorflow/unet2d.pb", [""]), ("keras/k2_zoo_1d.h5", [""]),
        ("tensorflow_saved/graph_mode", ["/saved_model.pb", "/variables/variables.index", "/variables/variables.data-00000-of-00001"]),
        ("tensorflow_saved/resource", ["/model.ckpt.meta", "/model.ckpt.index", "/model.ckpt.data-00000-of-00001"]),
        ("mmar/segmentation_ct_spleen", ["/models/model.fzn.pb"]),
    ])
    func theRecordIsOfWhatWasImported(fixture: String, files: [String]) throws {
        let folder = try Scratch()
        let path = folder.file("model")
        try FileManager.default.copyItem(atPath: Project.fixture(fixture), toPath: path)
        _ = try Conversion(source: path, destination: folder.file("out.osteon")).run { line in
            guard line == "optimising" else { return }
            for file in files { try? replace(path + file, by: Project.fixture("manifest.json")) }
        }
        for file in files { #expect(try digest(path + file) == digest(Project.fixture("manifest.json"))) }
        let sources = try NativeReader.open(folder.file("out.osteon")).provenance.sources
        #expect(sources.prefix(files.count).map(\.name) == files.map { Paths.name(of: path + $0) })
        for (source, file) in zip(sources, files) {
            #expect(try source.sha256 == digest(Project.fixture(fixture + file)).hexadecimal, "\(file)")
            #expect(source.byteCount == FileStatus.size(Project.fixture(fixture + file)))
        }
    }

    private func digest(_ path: String) throws -> SHA256Digest { SHA256Digest(of: try MappedFile(path: path)) }

    private func replace(_ path: String, by other: String) throws {
        try FileManager.default.copyItem(atPath: other, toPath: path + ".new")
        #expect(rename(path + ".new", path) == 0)
    }
}

/// A graph's nodes as text, to compare two.
private enum GraphText {
    static func of(_ graph: Graph) throws -> [String] {
        try graph.topologicalOrder().map { "\(Swift.type(of: graph[$0].op).id) \(graph[$0].outputs.map { graph[$0].name })" }
    }
}
