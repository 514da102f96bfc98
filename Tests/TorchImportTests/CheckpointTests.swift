import Foundation
import TestSupport
import Testing
import TorchImport

/// Checkpoints as trainers save them: the weights behind prefixes and under other dicts, objects of all kinds beside them.
@Suite struct CheckpointTests {
    private static let folder = "\(NetworkTests.folder)/checkpoints"

    private func arguments() throws -> [JSONValue.Member] {
        let network = try #require(try NetworkTests.listed().first { $0.file == "unet_wrapped.pt" })
        guard case .network(_, let arguments) = network.architecture else { return [] }
        return arguments
    }

    private func model(_ file: String, prefix: String? = nil, key: String? = nil) throws -> ImportedModel {
        let more = prefix.map { [JSONValue.Member("prefix", .string($0))] } ?? []
        let options = ImportOptions(signature: key, architecture: .network(name: "UNet", arguments: try arguments() + more))
        return try TorchImporter().importModel(path: "\(Self.folder)/\(file)", options: options)
    }

    private func error(_ file: String, prefix: String? = nil, key: String? = nil) throws -> OsteonError {
        do {
            _ = try model(file, prefix: prefix, key: key)
        } catch let error as OsteonError { return error }
        throw OsteonError(.internalFault, "\(file) was read.")
    }

    /// All hold the weights that PyTorch computed `unet_wrapped.npz` with.
    private func check(_ model: ImportedModel) throws {
        let arrays = Dictionary(uniqueKeysWithValues: try NPZ.read("\(NetworkTests.folder)/unet_wrapped.npz").map { ($0.name, $0.tensor) })
        let input = try #require(arrays["input"])
        let reference = try #require(arrays["output"])
        let results = try model.graph.evaluateReference(["input": input])
        let comparison = try TensorComparison(try #require(results["output"]), reference: reference)
        #expect(
            comparison.passes(Tolerance(name: "import", absolute: 1e-6, relativeToMaximum: 1e-5)),
            "off by \(comparison.maximumAbsoluteError)")
    }

    @Test(arguments: [
        "objects.pt", "objects_legacy.pt", "objects_protocol5.pt", "arrays.pt", "arrays_protocol5.pt", "metatensors.pt", "parameters.pt",
        "lightning.pt", "compiled.pt", "compiled_parts.pt",
    ])
    func theWeightsAreFoundAmongAllElse(file: String) throws { try check(try model(file)) }

    @Test(arguments: ["objects.pt", "objects_legacy.pt", "objects_protocol5.pt"])
    func whatIsSkippedIsNamed(file: String) throws {
        let options = ImportOptions(signature: nil, architecture: .network(name: "UNet", arguments: try arguments()))
        let source = try WeightsFile(MappedFile(path: "\(Self.folder)/\(file)"), key: nil)
        let skipped = try source.preferred().skipped
        for words in [
            "args (argparse.Namespace)", "out (pathlib.", "random (numpy.random.", "generator (numpy.random.", "begun (datetime.datetime)",
            "took (datetime.timedelta)", "mode (trainer.Mode)", "settings (trainer.Settings)", "log (trainer.Log)",
            "class trainer.Settings (trainer.Settings)",
            "mean (numpy array)", "names (numpy.ndarray of other elements than numbers)", "spectrum (torch.ComplexFloatStorage)",
            "call (trainer.forge)",
            "sparse (torch._utils._rebuild_sparse_tensor)", "rng → [1] (numpy array)",
        ] { #expect(skipped.contains { $0.contains(words) }, "\(words) in \(skipped)") }
        // Plain containers and numbers aren't worth a word.
        for word in ["epoch", "history", "counts", "recent", "size", "device", "scaler", "large", "state_dict"] {
            #expect(!skipped.contains { $0.hasPrefix("\(word) ") }, "\(word) in \(skipped)")
        }
        let notes = try TorchImporter().importModel(path: source.path, options: options).notes
        #expect(notes.first == "The weights are those under \"state_dict\".")
        #expect(
            notes.contains {
                $0.hasPrefix("Entries that hold no weights are skipped, and nothing was run for them: ")
                    && $0.contains("args (argparse.Namespace)") && $0.hasSuffix(" more.")
            })
    }

    @Test func prefixesAreToldWithWhatIsLeftOut() throws {
        #expect(
            try model("lightning.pt").notes.contains(
                "The weights are those with the prefix model.net.; 2 tensors beside them are left out (loss.weight, model.loss.weight)."))
        #expect(try model("compiled.pt").notes.contains("The prefix module._orig_mod. of all names is left out."))
        #expect(try model("parameters.pt").notes.contains("The weights are those under \"state/net\"."))
    }

    @Test func ofTwoThatFitTheUserChooses() throws {
        let pair = try error("pair.pt")
        #expect(pair.code == .usage)
        #expect(pair.message.contains("in 2 places: prefix student., prefix teacher."))
        #expect(pair.message.contains("prefix=student."))
        try check(try model("pair.pt", prefix: "teacher"))
        try check(try model("pair.pt", prefix: "teacher."))
        // The student's are all 0.
        let student = try model("pair.pt", prefix: "student").graph
        let weight = try #require(student.value(named: "model.0.conv.weight").flatMap { student.constant($0) })
        #expect(try weight.array(Float.self).allSatisfy { $0 == 0 })
        #expect(try error("pair.pt", prefix: "nobody.").code == .usage)
        let dicts = try error("dicts.pt")
        #expect(dicts.code == .usage)
        #expect(dicts.message.contains("\"state_dict\", \"averaged/best\"") && dicts.message.contains("‹signature-def›"))
        try check(try model("dicts.pt", key: "averaged/best"))
    }

    @Test func aWeightThatOnlyCodeCouldMakeIsRefusedByItsPath() throws {
        let called = try error("called.pt")
        #expect(called.code == .unsafeReference && called.offset == nil)
        #expect(called.message.contains("state_dict → model.0.") && called.message.contains("trainer.forge"))
        let sparse = try error("sparse.pt")
        #expect(sparse.code == .unsafeReference)
        #expect(sparse.message.contains("state_dict → model.0.") && sparse.message.contains("torch._utils._rebuild_sparse_tensor"))
        let whole = try error("model.pt")
        #expect(whole.code == .unsafeReference)
        #expect(whole.message.contains("model ") && whole.message.contains("trainer.Settings"))
    }

    @Test func aNetworkIsSuggestedBehindItsPrefix() throws {
        for (file, words) in [
            ("lightning.pt", "‹architecture› 'UNet:"), ("pair.pt", ",prefix=student.'"), ("arrays.pt", "‹architecture› 'UNet:"),
        ] {
            do {
                _ = try TorchImporter().importModel(path: "\(Self.folder)/\(file)")
                Issue.record("no error")
            } catch {
                #expect(error.code == .usage)
                #expect(error.message.contains(words), "\(error.message)")
            }
        }
    }
}
