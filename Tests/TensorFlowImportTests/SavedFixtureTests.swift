import Bytes
import Foundation
import GraphIR
import TensorFlowImport
import Tensors
import TestSupport
import Testing

/// Checkpoints and SavedModels made by TensorFlow, against the results TensorFlow gave.
@Suite struct SavedFixtureTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures/tensorflow_saved").path

    private func compare(_ model: ImportedModel, _ name: String) throws {
        let arrays = Dictionary(
            try NPZ.read("\(Self.folder)/\(name)/reference.npz").map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
        try model.graph.verify()
        let results = try model.graph.evaluateReference(arrays)
        #expect(Set(results.keys).union(model.graph.inputs.map { model.graph[$0].name }) == Set(arrays.keys))
        for (name, result) in results {
            let reference = try #require(arrays[name])
            try #require(result.shape == reference.shape)
            let comparison = try TensorComparison(result, reference: reference)
            #expect(
                comparison.passes(Tolerance(name: "import", absolute: 1e-6, relativeToMaximum: 1e-5)),
                "\(name): \(comparison.maximumAbsoluteError)")
        }
    }

    @Test(arguments: ["keras", "module", "graph_mode"])
    func savedModelsMatch(name: String) throws {
        #expect(try SavedModelImporter().recognize(Source(path: "\(Self.folder)/\(name)")) == .certain)
        try compare(SavedModelImporter().importModel(path: "\(Self.folder)/\(name)"), name)
    }

    @Test(arguments: ["partitioned", "resource"])
    func checkpointsMatch(name: String) throws {
        let model = try CheckpointImporter().importModel(path: "\(Self.folder)/\(name)")
        try compare(model, name)
        #expect(model.notes.contains("keep_prob is fixed to 1.0"))
        let files = model.sourceFiles.map { ($0.path as NSString).lastPathComponent }
        let shards =
            name == "partitioned"
            ? ["model.ckpt.data-00000-of-00002", "model.ckpt.data-00001-of-00002"] : ["model.ckpt.data-00000-of-00001"]
        #expect(files.prefix(2) == ["model.ckpt.meta", "model.ckpt.index"])
        #expect(files.dropFirst(2).sorted() == shards)
    }

    @Test func aCheckpointIsFoundFromAnyOfItsFiles() throws {
        let prefix = "\(Self.folder)/partitioned/model.ckpt"
        for path in ["\(Self.folder)/partitioned", prefix, prefix + ".meta", prefix + ".index", prefix + ".data-00001-of-00002"] {
            #expect(try CheckpointImporter().recognize(Source(path: path)) == .likely, "\(path)")
            #expect(try CheckpointImporter().importModel(path: path).graph.inputs.count == 1)
        }
        for path in ["\(Self.folder)/keras", "\(Self.folder)/keras/saved_model.pb", prefix + ".other", "/absent"] {
            #expect(try CheckpointImporter().recognize(Source(path: path)) == .no, "\(path)")
        }
    }

    @Test func theGraphIsCutToItsPrediction() throws {
        let model = try CheckpointImporter().importModel(path: "\(Self.folder)/partitioned")
        #expect(model.graph.outputs.map { model.graph[$0].name } == ["probability"])
        #expect(model.graph.inputs.map { model.graph[$0].name } == ["image"])
        let logits = try CheckpointImporter().importModel(
            path: "\(Self.folder)/partitioned", options: ImportOptions(outputs: ["net/logits:0"]))
        #expect(logits.graph.outputs.map { logits.graph[$0].name } == ["net/logits"])
    }

    @Test func signaturesAreChosenByName() throws {
        let path = "\(Self.folder)/module"
        let other = try SavedModelImporter().importModel(path: path, options: ImportOptions(signature: "other"))
        #expect(other.graph.outputs.map { other.graph[$0].name } == ["twice"])
        #expect(other.notes.contains { $0.contains("serving_default") })
        let code = errorCode { _ = try SavedModelImporter().importModel(path: path, options: ImportOptions(signature: "absent")) }
        #expect(code == .usage)
    }

    @Test func signatureNamesServeForCuts() throws {
        let path = "\(Self.folder)/module"
        let options = ImportOptions(inputs: ["x": [2, 3]], outputs: ["first"])
        let model = try SavedModelImporter().importModel(path: path, options: options)
        #expect(model.graph.outputs.map { model.graph[$0].name } == ["first"])
        #expect(model.graph.inputs.map { model.graph.type($0).fixedShape } == [[2, 3]])
    }

    /// A copy of a fixture with one file changed.
    private func copy(_ name: String, _ change: (String) throws -> Void) throws -> OsteonError? {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.copyItem(atPath: "\(Self.folder)/\(name)", toPath: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try change(copy)
        do {
            _ =
                try SavedModelImporter().recognize(Source(path: copy)) == .certain
                ? SavedModelImporter().importModel(path: copy) : CheckpointImporter().importModel(path: copy)
            return nil
        } catch {
            return error
        }
    }

    @Test func aCheckpointWithoutItsGraphSaysSo() throws {
        let error = try copy("partitioned") { try FileManager.default.removeItem(atPath: "\($0)/model.ckpt.meta") }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("model.ckpt.meta") == true)
    }

    @Test func aVariableTheCheckpointLacksIsNamed() throws {
        let error = try copy("partitioned") { folder in
            var maker = BundleMaker()
            try maker.add("net/last", [Float](repeating: 0, count: 24), [1, 1, 8, 3])
            try Data(maker.files().index).write(to: URL(fileURLWithPath: "\(folder)/model.ckpt.index"))
            try Data(maker.files().shards[0]).write(to: URL(fileURLWithPath: "\(folder)/model.ckpt.data-00000-of-00001"))
        }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("has no variable net/") == true)
    }

    @Test func aShapeThatDisagreesWithTheGraphIsNamed() throws {
        let error = try copy("graph_mode") { folder in
            var maker = BundleMaker()
            try maker.add("w", [Float](repeating: 0, count: 24), [4, 6])
            try Data(maker.files().index).write(to: URL(fileURLWithPath: "\(folder)/variables/variables.index"))
            try Data(maker.files().shards[0]).write(to: URL(fileURLWithPath: "\(folder)/variables/variables.data-00000-of-00001"))
        }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("[6, 4]") == true && error?.message.contains("[4, 6]") == true)
        #expect(error?.description.contains("node w") == true)
    }

    @Test func everyDamageToAGraphIsAnErrorOrAResult() throws {
        let path = "\(Self.folder)/graph_mode/saved_model.pb"
        let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
        var failures = 0
        for place in stride(from: 0, to: bytes.count, by: 37) {
            let error = try copy("graph_mode") { folder in
                var changed = bytes
                if place % 2 == 0 { changed.removeSubrange(place...) } else { changed[place] ^= UInt8(1 << (place % 8)) }
                try FileManager.default.removeItem(atPath: "\(folder)/saved_model.pb")
                try Data(changed).write(to: URL(fileURLWithPath: "\(folder)/saved_model.pb"))
            }
            if error != nil { failures += 1 }
        }
        #expect(failures > 20)
    }
}
