import Foundation
import GraphIR
import Tensors
import Testing
import Workflows

@Suite struct ONNXExportCommandTests {
    private let unet = Project.fixture("onnx/unet3d_small.onnx")

    @Test(arguments: ["onnx/unet3d_small", "onnx/segresnet3d_small"])
    func anExportedModelGivesTheFrameworksOutputs(name: String) throws {
        let folder = try Scratch()
        let result = try Command.run("export", Project.fixture(name + ".onnx"), "-o", folder.file("out.onnx"))
        #expect(result.status == 0, "\(result.errors)")
        #expect(folder.contents == ["out.onnx"])
        let verify = try Command.run("verify", folder.file("out.onnx"), "--reference", Project.fixture(name + ".npz"))
        #expect(verify.status == 0, "\(verify.output) \(verify.errors)")
    }

    @Test func equalExportsAreEqualBytes() throws {
        let folder = try Scratch()
        for name in ["a.onnx", "b.onnx"] { #expect(try Command.run("export", unet, "-o", folder.file(name), "--opset", "13").status == 0) }
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: folder.file("a.onnx")))
                == Data(contentsOf: URL(fileURLWithPath: folder.file("b.onnx"))))
        #expect(try Command.run("export", unet, "-o", folder.file("c.onnx"), "--opset", "12").status == 64)
    }

    @Test func externalDataAndFixedShapes() throws {
        let folder = try Scratch()
        let result = try Command.run("export", unet, "--shape", "8x8x8", "--external-data", "-o", folder.file("u.onnx"))
        #expect(result.status == 0, "\(result.errors)")
        #expect(folder.contents.count == 2 && folder.contents[0].hasSuffix(".data") && folder.contents[1] == "u.onnx")
        let model = try Model.open(folder.file("u.onnx"))
        #expect(model.graph.type(model.graph.inputs[0]).fixedShape == [1, 1, 8, 8, 8])
        #expect(model.metadata["osteon.provenance"]?.contains("unet3d_small.onnx") == true)
    }

    @Test func aTritonRepositoryIsWrittenWhole() throws {
        let folder = try Scratch()
        let repository = folder.file("repository")
        let free = try Command.run("export", unet, "--triton", repository, "--triton-name", "unet", "--triton-batch", "8")
        #expect(free.status == 0, "\(free.errors)")
        let model = try Model.open(repository + "/unet/1/model.onnx")
        let text = try String(contentsOfFile: repository + "/unet/config.pbtxt", encoding: .utf8)
        #expect(
            text == """
                name: "unet"
                platform: "onnxruntime_onnx"
                max_batch_size: 8
                input [
                  {
                    name: "\(model.inputNames[0])"
                    data_type: TYPE_FP32
                    dims: [ 1, -1, -1, -1 ]
                  }
                ]
                output [
                  {
                    name: "\(model.outputNames[0])"
                    data_type: TYPE_FP32
                    dims: [ \(model.graph.type(model.graph.outputs[0]).shape?[1].fixed ?? 0), -1, -1, -1 ]
                  }
                ]

                """)
        let fixed = try Command.run("export", unet, "--shape", "8x8x8", "--triton", repository)
        #expect(fixed.status == 0, "\(fixed.errors)")
        let whole = try String(contentsOfFile: repository + "/unet3d_small/config.pbtxt", encoding: .utf8)
        #expect(whole.contains("max_batch_size: 0") && whole.contains("dims: [ 1, 1, 8, 8, 8 ]"), "\(whole)")
    }
}
