import Foundation
import ONNXExport
import ONNXImport
import SwiftProtobuf
import TestSupport
import Testing
import WireFormats

@Suite struct ModelTests {
    @Test func namesTypesAndFreeDimensionsAreKept() throws {
        var graph = Graph(name: "net")
        let x = graph.addInput("image", TensorType(.f32, [.free("N"), 2, .free("H"), .unknown]))
        let weight = graph.addConstant("conv.weight", try Sample.noise(.f32, [3, 2, 3, 3]).tensor())
        let window = SpatialWindow(pads: [1, 1, 1, 1])
        let y = try graph.add(Convolution(window: window), [x, weight], name: "encoder/conv")
        graph.setOutputs(try graph.add(Relu(), [y[0]], name: "encoder/relu", outputNames: ["features"]))
        let model = try Exports.message(graph)
        #expect(model.irVersion == 8)
        #expect(model.opsetImport.map(\.version) == [17])
        #expect(model.graph.input.map(\.name) == ["image"])
        let dimensions = model.graph.input[0].type.tensorType.shape.dim
        #expect(dimensions[0].dimParam == "N" && dimensions[1].dimValue == 2 && dimensions[2].dimParam == "H" && dimensions[3].value == nil)
        #expect(model.graph.output.map(\.name) == ["features"])
        #expect(model.graph.node.map(\.opType) == ["Conv", "Relu"])
        #expect(model.graph.node[0].name == "encoder/conv")
        #expect(model.graph.initializer.map(\.name) == ["conv.weight"])
        #expect(
            try Exports.roundTrip(graph).evaluateReference(["image": Sample.noise(.f32, [1, 2, 5, 6]).tensor()])["features"]?.shape == [
                1, 3, 5, 6,
            ])
    }

    @Test func whatAnOperatorSetLacksIsToldWithNodeAndLowestThatHas() throws {
        let cases: [(op: any Operator, type: TensorType, opset: Int, lowest: Int)] = [
            (BitCast(.i32), TensorType(.f32, [2]), 25, 26), (GridSample(mode: .linear), TensorType(.f32, fixed: [1, 1, 2, 2, 2]), 17, 20),
            (Trilu(upper: true), TensorType(.f32, [2, 2]), 13, 14), (BitwiseNot(), TensorType(.i32, [2]), 17, 18),
        ]
        for (op, type, opset, lowest) in cases {
            var graph = Graph(name: "g")
            var inputs: [ValueID?] = [graph.addInput("x", type)]
            if op is GridSample { inputs.append(graph.addConstant("grid", try Tensor(zeros: .f32, [1, 2, 2, 2, 3]))) }
            graph.setOutputs(try graph.add(op, inputs, name: "the_node", outputNames: ["y"]))
            do {
                _ = try ONNXExporter.export(graph, ONNXExportOptions(opset: opset))
                Issue.record("\(Swift.type(of: op).id) was written in operator set \(opset)")
            } catch {
                #expect(error.code == .unsupported)
                #expect(error.message.contains("‹opset› \(lowest)"), "\(error)")
                #expect(error.trail.contains { $0.contains("the_node") })
            }
            _ = try ONNXExporter.export(graph, ONNXExportOptions(opset: lowest))
        }
        #expect(errorCode { _ = try ONNXExporter.export(Graph(), ONNXExportOptions(opset: 12)) } == .usage)
        #expect(errorCode { _ = try ONNXExporter.export(Graph(), ONNXExportOptions(opset: 27)) } == .usage)
    }

    /// 16-bit floats that ONNX's operator doesn't take are widened, as Osteon computes them anyway.
    @Test func halfPrecisionIsWidenedOnlyWhereItMustBe() throws {
        for (type, opset, expected) in [
            (ElementType.f16, 17, ["Conv"]), (.bf16, 17, ["Cast", "Cast", "Conv", "Cast"]), (.bf16, 22, ["Conv"]),
        ] {
            var graph = Graph(name: "g")
            let weight = graph.addConstant("w", try Sample.noise(type, [2, 2, 3]).tensor())
            let input = try Sample.noise(type, [1, 2, 6], seed: 2).tensor()
            graph.setOutputs(try graph.add(Convolution(), [graph.addInput("x", input.type), weight], outputNames: ["y"]))
            #expect(try Exports.message(graph, opset: opset).graph.node.map(\.opType) == expected)
            let back = try Exports.roundTrip(graph, opset: opset).evaluateReference(["x": input])["y"]
            #expect(try back?.isIdentical(to: #require(graph.evaluateReference(["x": input])["y"])) == true)
        }
    }

    @Test func quantizedGraphsKeepAxesZeroPointsAndBiases() throws {
        var graph = Graph(name: "q")
        let x = graph.addInput("x", TensorType(.f32, fixed: [1, 2, 8]))
        let scale = graph.addConstant("x_scale", try Sample.scalar(.f32, 0.05).tensor())
        let zero = graph.addConstant("x_zero", try Sample.scalar(.u8, 128).tensor())
        let weightScale = graph.addConstant("w_scale", try Sample.f32([0.01, 0.02, 0.03]).tensor())
        let weightZero = graph.addConstant("w_zero", try Sample.i8([0, 0, 0]).tensor())
        let weight = graph.addConstant("w", try Sample.ramp(.i8, [3, 2, 3], from: -9).tensor())
        let biasScale = graph.addConstant("b_scale", try Sample.f32([0.0005, 0.001, 0.0015]).tensor())
        let bias = graph.addConstant("b", try Sample.i32([100, -200, 300]).tensor())
        let quantized = try graph.add(QuantizeLinear(), [x, scale, zero], outputNames: ["xq"])[0]
        let number = try graph.add(DequantizeLinear(), [quantized, scale, zero], outputNames: ["xd"])[0]
        let kernel = try graph.add(DequantizeLinear(axis: 0), [weight, weightScale, weightZero], outputNames: ["wd"])[0]
        let addend = try graph.add(DequantizeLinear(axis: 0), [bias, biasScale], outputNames: ["bd"])[0]
        graph.setOutputs(try graph.add(Convolution(), [number, kernel, addend], outputNames: ["y"]))
        let model = try Exports.message(graph, opset: 13)
        #expect(model.graph.node.map(\.opType) == ["QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "DequantizeLinear", "Conv"])
        let types = Dictionary(
            uniqueKeysWithValues: model.graph.initializer.map { ($0.name, Onnx_TensorProto.DataType(rawValue: Int($0.dataType))) })
        #expect(types["w"] == .int8 && types["b"] == .int32 && types["x_zero"] == .uint8)
        #expect(model.graph.node[2].attribute.first { $0.name == "axis" }?.i == 0)
        let input = try Sample.noise(.f32, [1, 2, 8]).tensor()
        let wanted = try graph.evaluateReference(["x": input])["y"]
        let got = try Exports.roundTrip(graph, opset: 13).evaluateReference(["x": input])["y"]
        #expect(try got?.isIdentical(to: #require(wanted)) == true)
        // 16 bits came later.
        var wide = Graph(name: "q16")
        let wideZero = wide.addConstant("z", try Sample.scalar(.i16, 0).tensor())
        let wideScale = wide.addConstant("s", try Sample.scalar(.f32, 0.1).tensor())
        wide.setOutputs(
            try wide.add(QuantizeLinear(), [wide.addInput("x", TensorType(.f32, [4])), wideScale, wideZero], outputNames: ["y"]))
        #expect(errorCode { _ = try ONNXExporter.export(wide) } == .unsupported)
        _ = try ONNXExporter.export(wide, ONNXExportOptions(opset: 21))
    }

    private func weighted() throws -> Graph {
        var graph = Graph(name: "net")
        let x = graph.addInput("x", TensorType(.f32, fixed: [1, 300]))
        let large = try Sample.noise(.f32, [300, 300]).tensor()
        var y = try graph.add(MatMul(), [x, graph.addConstant("w", large)], outputNames: ["a"])[0]
        // The same elements under another name.
        y = try graph.add(MatMul(), [y, graph.addConstant("v", large)], outputNames: ["b"])[0]
        y = try graph.add(Add(), [y, graph.addConstant("bias", try Sample.noise(.f32, [300]).tensor())], outputNames: ["c"])[0]
        y = try graph.add(Multiply(), [y, graph.addConstant("scale", try Sample.scalar(.f32, 2).tensor())], outputNames: ["d"])[0]
        graph.setOutputs([y])
        return graph
    }

    @Test func externalDataIsAlignedAndReadBack() throws {
        let graph = try weighted()
        let input = try Sample.noise(.f32, [1, 300], seed: 5).tensor()
        try withTemporaryFolder { folder in
            var options = ONNXExportOptions()
            options.externalData = true
            let exported = try ONNXExporter.export(graph, options)
            let files = try exported.write(to: folder + "/m.onnx").map(Paths.name(of:))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == files.sorted() && files[0] == "m.onnx")
            let digest = try SHA256Digest(of: MappedFile(path: folder + "/" + files[1])).hexadecimal
            #expect(files[1] == "m.\(digest.prefix(16)).data")
            let model = try Onnx_ModelProto(serializedBytes: Data(contentsOf: URL(fileURLWithPath: folder + "/m.onnx")))
            let external = model.graph.initializer.filter { $0.dataLocation == .external }
            #expect(external.map(\.name) == ["w", "bias"])
            for tensor in external {
                let entries = Dictionary(uniqueKeysWithValues: tensor.externalData.map { ($0.key, $0.value) })
                #expect(entries["location"] == files[1])
                #expect((entries["offset"].flatMap(Int.init) ?? 1) % 4096 == 0)
                #expect(tensor.rawData.isEmpty)
            }
            let back = try ONNXImporter().importModel(path: folder + "/m.onnx").graph
            let same = try back.evaluateReference(["x": input])["d"]?.isIdentical(to: #require(graph.evaluateReference(["x": input])["d"]))
            #expect(same == true)
        }
    }

    @Test func equalConstantsAreStoredOnceAndBytesDontChange() throws {
        let graph = try weighted()
        let first = try ONNXExporter.export(graph).encoded()
        let second = try ONNXExporter.export(graph).encoded()
        #expect(first == second)
        #expect(try Exports.message(graph).graph.initializer.map(\.name) == ["w", "bias", "scale"])
        try withTemporaryFolder { folder in
            try ONNXExporter.export(graph).write(to: folder + "/m.onnx")
            #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder + "/m.onnx"))) == first)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["m.onnx"])
        }
    }
}
