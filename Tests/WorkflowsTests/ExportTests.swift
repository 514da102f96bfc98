import Bytes
import Container
import Contracts
import Foundation
import GraphIR
import Tensors
import Testing
import Workflows

@Suite struct ExportTests {
    private let unet = Project.fixture("onnx/unet3d_small.onnx")

    @Test func severalShapesAreSeveralFilesEachProved() throws {
        let folder = try Scratch()
        let result = try Command.run(
            "export", unet, "--shape", "16x16x24", "--shape", "1x1x8x16x8", "-o", folder.file("u.osteon"), "--json")
        #expect(result.status == 0, "\(result.errors)")
        #expect(folder.contents == ["u.16x16x24.osteon", "u.1x1x8x16x8.osteon"])
        let report = try JSONValue(parsing: result.output)
        #expect(try report.member("schema").string() == "osteon.export.1")
        let files = try report.member("files").array()
        #expect(try files.map { try $0.member("checks").array().allSatisfy { try $0.member("passed").bool() } } == [true, true])
        let file = try NativeReader.open(folder.file("u.16x16x24.osteon"))
        let input = try #require(file.graph.inputs.first)
        #expect(file.graph.type(input).fixedShape == [1, 1, 16, 16, 24])
        #expect(file.graph.outputs.allSatisfy { file.graph.type($0).fixedShape != nil })
        #expect(file.memory?.slots.isEmpty == false)
        #expect(file.verification.count == 1)
        #expect(!file.graph.nodeIDs.contains { type(of: file.graph[$0].op).id == "ShapeOf" })
    }

    @Test func theShapeGoesWhereItIsAskedFor() throws {
        let folder = try Scratch()
        #expect(try Command.run("export", unet, "--shape", "8x8x8", "-o", folder.file("a-{shape}.osteon"), "--batch", "2").status == 0)
        #expect(folder.contents == ["a-8x8x8.osteon"])
        let file = try NativeReader.open(folder.file("a-8x8x8.osteon"))
        #expect(file.graph.type(file.graph.inputs[0]).fixedShape == [2, 1, 8, 8, 8])
        let clash = try Command.run("export", unet, "--shape", "8x8x8", "--shape", "8x8x8", "-o", folder.file("b.osteon"))
        #expect(clash.status == 64)
    }

    @Test func anIllegalSizeIsRefusedWithItsNeighbours() throws {
        let folder = try Scratch()
        let result = try Command.run("export", unet, "--shape", "16x17x16", "-o", folder.file("u.osteon"))
        #expect(result.status == 2)
        #expect(result.errors.contains("Axis 3 of input image: H can't be 17; 16 and 19 are the nearest that can"), "\(result.errors)")
        #expect(folder.contents.isEmpty)
        #expect(try Command.run("export", unet, "--shape", "16x16", "-o", folder.file("u.osteon")).status == 64)
        #expect(try Command.run("export", unet, "--shape", "nothing=16x16x16", "-o", folder.file("u.osteon")).status == 64)
        #expect(try Command.run("export", unet, "-o", folder.file("u.osteon")).status == 64)
        #expect(try Command.run("export", unet, "--shape", "16x16x16", "-o", folder.file("u.pb")).status == 64)
    }

    @Test func channelsLastInputsAreBoundByTheirLayout() throws {
        let folder = try Scratch()
        let source = Project.fixture("tensorflow/unet3d.pb")
        let model = try Model.open(source)
        let type = model.graph.type(model.graph.inputs[0])
        let result = try Command.run("export", source, "--shape", "16x24x16", "-o", folder.file("u.osteon"))
        #expect(result.status == 0, "\(type): \(result.errors)")
        let file = try NativeReader.open(folder.file("u.osteon"))
        let shape = try #require(file.graph.type(file.graph.inputs[0]).fixedShape)
        #expect(shape.contains(24) && shape.count == 5)
    }

    @Test func aFixedModelTakesItsOwnSizeOnly() throws {
        let folder = try Scratch()
        #expect(try Command.run("export", unet, "--shape", "8x8x16", "-o", folder.file("a.osteon")).status == 0)
        #expect(try Command.run("export", folder.file("a.osteon"), "--shape", "8x8x16", "-o", folder.file("b.osteon")).status == 0)
        let result = try Command.run("export", folder.file("a.osteon"), "--shape", "8x8x8", "-o", folder.file("c.osteon"))
        #expect(result.status == 2 && result.errors.contains("fixed to 16"), "\(result.errors)")
    }

    @Test func theOriginalsRecordsGoWithIt() throws {
        let folder = try Scratch()
        let archive = Project.fixture("mmar/segmentation_ct_spleen")
        #expect(try Command.run("export", archive, "--shape", "32x32x32", "-o", folder.file("s.osteon")).status == 0)
        let file = try NativeReader.open(folder.file("s.osteon"))
        #expect(file.imaging?.name == "segmentation_ct_spleen")
        #expect(file.provenance.options.contains { $0.key.hasPrefix("shape ") && $0.value.contains("32x32x32") })
        // Converting it again forgets the memory plan, which is for the graph it was made for.
        #expect(try Command.run("convert", folder.file("s.osteon"), "-o", folder.file("t.osteon")).status == 0)
        let again = try NativeReader.open(folder.file("t.osteon"))
        #expect(again.memory == nil && again.verification.count >= 1)
    }
}
