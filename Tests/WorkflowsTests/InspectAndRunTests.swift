import Bytes
import Engine
import Foundation
import GraphIR
import Tensors
import Testing
import Workflows

@Suite struct InspectAndRunTests {
    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func inspectTellsLegalSizesAndCosts() throws {
        let result = try Command.run("inspect", Project.fixture("onnx/unet3d_small.onnx"), "--json", "--shape", "1x1x24x32x40")
        #expect(result.status == 0, "\(result.errors)")
        let report = try object(result.output)
        let sizes = try #require(report["legal_sizes"] as? [[String: Any]])
        let depth = try #require(sizes.first { $0["dimension"] as? String == "D" })
        #expect(depth["step"] as? Int == 4)
        let totals = try #require(report["totals"] as? [String: Any])
        // MONAI's own count for this network, biases included.
        #expect((totals["parameters"] as? Int ?? 0) > 30_000)
        let layers = try #require(report["layers"] as? [[String: Any]])
        let first = try #require(layers.first { $0["operator"] as? String == "Convolution" })
        #expect(first["output_shape"] as? [Int] == [1, 8, 12, 16, 20])
        #expect(first["macs"] as? Int == 8 * 27 * 12 * 16 * 20)
        #expect(first["receptive_field"] as? [Int] == [3, 3, 3])
    }

    @Test func inspectTextNamesEveryLayer() throws {
        let result = try Command.run("inspect", Project.fixture("onnx/segresnet3d_small.onnx"))
        #expect(result.status == 0)
        #expect(result.output.contains("legal") || result.output.contains("sizes"))
        #expect(result.output.contains("Convolution"))
        #expect(result.output.contains("multiply-accumulates"))
    }

    @Test func runWritesOutputsAndAllTensors() throws {
        let folder = try Scratch()
        let arrays = try NPZ.read(Project.fixture("onnx/unet3d_small.npz"))
        let image = try #require(arrays.first { $0.name == "image" }?.tensor)
        let logits = try #require(arrays.first { $0.name == "logits" }?.tensor)
        try NPY.write(image, to: folder.file("image.npy"))
        let result = try Command.run(
            "run", Project.fixture("onnx/unet3d_small.onnx"), "--input", "image=\(folder.file("image.npy"))", "--output-dir",
            folder.file("out"), "--all-tensors")
        #expect(result.status == 0, "\(result.errors)")
        let written = try FileManager.default.contentsOfDirectory(atPath: folder.file("out"))
        #expect(written.contains("logits.npy"))
        #expect(written.count > 5)
        let comparison = try TensorComparison(NPY.read(folder.file("out/logits.npy")), reference: logits)
        #expect(comparison.maximumRelativeToMaximum < 1e-5)
    }

    /// A file for a value in the middle cuts the graph there.
    @Test func runStartsAtAnyValueAFileIsGivenFor() throws {
        let folder = try Scratch()
        let source = Project.fixture("onnx/unet3d_small.onnx")
        let image = try #require(try NPZ.read(Project.fixture("onnx/unet3d_small.npz")).first { $0.name == "image" }?.tensor)
        try NPY.write(image, to: folder.file("image.npy"))
        let whole = try Command.run(
            "run", source, "--input", "image=\(folder.file("image.npy"))", "--output-dir", folder.file("all"), "--all-tensors")
        #expect(whole.status == 0, "\(whole.errors)")
        let middle = "/model/model.2/model.2.0/adn/A/PRelu_output_0"
        let file = folder.file("all/_model_model.2_model.2.0_adn_A_PRelu_output_0.npy")
        let rest = try Command.run("run", source, "--input", "\(middle)=\(file)", "--output-dir", folder.file("rest"))
        #expect(rest.status == 0, "\(rest.errors)")
        let comparison = try TensorComparison(NPY.read(folder.file("rest/logits.npy")), reference: NPY.read(folder.file("all/logits.npy")))
        #expect(comparison.maximumRelativeToMaximum < 1e-6)
    }

    @Test(arguments: ["scalar", "avx2", "avx512"]) func everyTierComputesTheSame(isa: String) throws {
        guard let tier = InstructionSet(rawValue: isa), tier <= .detected else { return }
        let result = try Command.run(
            "verify", Project.fixture("onnx/segresnet3d_small.onnx"), "--reference", Project.fixture("onnx/segresnet3d_small.npz"), "--isa",
            isa)
        #expect(result.status == 0, "\(result.output) \(result.errors)")
    }

    @Test func cuttingANativeFileKeepsWhatIsNeeded() throws {
        let folder = try Scratch()
        #expect(try Command.run("convert", Project.fixture("onnx/unet3d_small.onnx"), "-o", folder.file("a"), "--no-optimize").status == 0)
        let model = try Model.open(folder.file("a"))
        let inner = try #require(model.graph.topologicalOrder().dropFirst(2).first.map { model.graph[model.graph[$0].outputs[0]].name })
        let result = try Command.run("inspect", folder.file("a"), "--output", inner, "--json")
        #expect(result.status == 0, "\(result.errors)")
        let outputs = try #require(try object(result.output)["outputs"] as? [[String: Any]])
        #expect(outputs.first?["name"] as? String == inner)
    }
}
