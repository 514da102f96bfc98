import Foundation
import Tensors
import Testing
import Workflows

@Suite struct ConvertTests {
    static let networks = ["onnx/unet3d_small", "onnx/segresnet3d_small"]
    static let graphs = ["anisotropic", "branches", "densenet", "dilated", "segresnet", "unet2d", "unet3d"]

    /// Frozen graphs as TensorFlow writes them.
    @Test(arguments: graphs) func convertedGraphMatchesTensorFlow(name: String) throws {
        let folder = try Scratch()
        let source = Project.fixture("tensorflow/\(name)")
        let native = folder.file("out.osteon")
        let convert = try Command.run("convert", source + ".pb", "-o", native)
        #expect(convert.status == 0, "\(convert.errors)")
        let verify = try Command.run("verify", native, "--reference", source + ".npz")
        #expect(verify.status == 0, "\(verify.output) \(verify.errors)")
    }

    @Test(arguments: networks) func convertedFileMatchesTheSourceFramework(name: String) throws {
        let folder = try Scratch()
        let native = folder.file("out.osteon")
        let convert = try Command.run("convert", Project.fixture(name + ".onnx"), "-o", native)
        #expect(convert.status == 0, "\(convert.errors)")
        let verify = try Command.run("verify", native, "--reference", Project.fixture(name + ".npz"))
        #expect(verify.status == 0, "\(verify.output) \(verify.errors)")
        #expect(verify.output.contains("verified"))
    }

    @Test func conversionIsReproducible() throws {
        let folder = try Scratch()
        let source = Project.fixture("onnx/unet3d_small.onnx")
        for name in ["a", "b"] { #expect(try Command.run("convert", source, "-o", folder.file(name)).status == 0) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("a"))) == Data(contentsOf: URL(fileURLWithPath: folder.file("b"))))
        #expect(folder.contents == ["a", "b"])
    }

    @Test func aNativeFileConvertsToItself() throws {
        let folder = try Scratch()
        #expect(try Command.run("convert", Project.fixture("onnx/segresnet3d_small.onnx"), "-o", folder.file("a")).status == 0)
        #expect(try Command.run("convert", folder.file("a"), "-o", folder.file("b")).status == 0)
        #expect(try Command.run("diff", folder.file("a"), folder.file("b")).status == 0)
    }

    @Test func aReferenceThatDoesNotFitIsRefusedAndNothingIsWritten() throws {
        let folder = try Scratch()
        let reference = folder.file("wrong.npz")
        var arrays: [(name: String, tensor: Tensor)] = try NPZ.read(Project.fixture("onnx/unet3d_small.npz"))
        for index in arrays.indices where arrays[index].name == "logits" {
            var values = try arrays[index].tensor.array(Float.self)
            values[17] += 0.5
            arrays[index].tensor = try Tensor(values, shape: arrays[index].tensor.shape)
        }
        try NPZ.write(arrays, to: reference)
        let result = try Command.run(
            "convert", Project.fixture("onnx/unet3d_small.onnx"), "--reference", reference, "-o", folder.file("out.osteon"))
        #expect(result.status == 3)
        #expect(result.errors.contains("nothing was written"))
        #expect(folder.contents == ["wrong.npz"])
        let verify = try Command.run("verify", Project.fixture("onnx/unet3d_small.onnx"), "--reference", reference)
        #expect(verify.status == 3)
        #expect(verify.output.contains("FAILED"))
    }

    @Test func optimisedAndImportedGraphsAgreeValueByValue() throws {
        let folder = try Scratch()
        let source = Project.fixture("onnx/segresnet3d_small.onnx")
        #expect(try Command.run("convert", source, "-o", folder.file("a"), "--no-optimize").status == 0)
        let result = try Command.run("verify", folder.file("a"), "--against", source, "--tolerance", "1e-5")
        #expect(result.status == 0, "\(result.output) \(result.errors)")
        #expect(result.output.contains("values compared"))
    }

    @Test func everyRewriteKeepsItsPromise() throws {
        let folder = try Scratch()
        for name in Self.networks {
            let result = try Command.run(
                "convert", Project.fixture(name + ".onnx"), "-o", folder.file("out"), "--check", "--explain", "--shape",
                "1x\(name.contains("seg") ? 2 : 1)x8x8x8")
            #expect(result.status == 0, "\(result.errors)")
        }
    }

    @Test func stoppingEarlyAndSkippingPassesStillConverts() throws {
        let folder = try Scratch()
        let source = Project.fixture("onnx/unet3d_small.onnx")
        #expect(try Command.run("convert", source, "-o", folder.file("a"), "--stop-after", "1").status == 0)
        #expect(try Command.run("convert", source, "-o", folder.file("b"), "--skip-pass", "fold-batch-normalization").status == 0)
        let unknown = try Command.run("convert", source, "-o", folder.file("c"), "--skip-pass", "no-such-pass")
        #expect(unknown.status == 64)
        #expect(unknown.errors.contains("no-such-pass"))
    }
}
