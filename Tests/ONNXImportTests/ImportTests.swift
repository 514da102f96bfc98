import Foundation
import ONNXImport
import TestSupport
import Testing
import WireFormats

@Suite struct ImportTests {
    /// y = relu(conv(x)), with a named, an unnamed and a fixed dimension.
    private func convolution(opset: Int64 = 21) -> ModelMaker {
        var maker = ModelMaker(opset: opset)
        maker.input("x", [nil, 1, "H", nil])
        maker.constant("w", [1, 1, 1, 1], [1, 1, 2, 2])
        maker.node("Conv", ["x", "w"], ["c"], ["kernel_shape": [2, 2]], name: "conv")
        maker.node("Relu", ["c"], ["y"])
        maker.output("y")
        return maker
    }

    @Test func runsAConvolution() throws {
        let results = try convolution().run(["x": ([1, 2, 3, 4, 5, 6, -70, 8, 9], [1, 1, 3, 3])])
        #expect(try results["y"]?.array(Float.self) == [12, 16, 0, 28])
        #expect(results["y"]?.shape == [1, 1, 2, 2])
    }

    @Test func namesFreeDimensions() throws {
        let graph = try convolution().imported().graph
        let x = try #require(graph.value(named: "x"))
        #expect(graph.type(x) == TensorType(.f32, [.free("N"), 1, .free("H"), .free("x_3")]))
    }

    @Test func unnamedBatchIsOnlyNWhereThereIsOneInput() throws {
        var maker = ModelMaker()
        maker.input("a", [nil, 2, 3])
        maker.input("b", [-1, 2, 3])
        maker.node("Add", ["a", "b"], ["y"])
        maker.output("y")
        #expect(try maker.imported().graph.freeDimensions == ["a_0", "b_0"])
    }

    @Test func keepsNamesMetadataAndProducer() throws {
        var maker = convolution()
        maker.model.producerVersion = "2.1"
        var entry = Onnx_StringStringEntryProto()
        (entry.key, entry.value) = ("classes", "background,bone")
        maker.model.metadataProps = [entry]
        let imported = try maker.imported()
        #expect(imported.format == "onnx")
        #expect(imported.producer == "test 2.1")
        #expect(imported.metadata == ["classes": "background,bone"])
        #expect(imported.graph.outputs.map { imported.graph[$0].name } == ["y"])
        #expect(imported.graph.value(named: "c") != nil)
        #expect(imported.graph.value(named: "w").flatMap { imported.graph.constant($0) }?.shape == [1, 1, 2, 2])
    }

    @Test func aConstantThatIsAlsoAnInputIsAConstant() throws {
        var maker = convolution()
        maker.input("w", [1, 1, 2, 2])
        let graph = try maker.imported().graph
        #expect(graph.inputs.map { graph[$0].name } == ["x"])
    }

    @Test func sortsNodesOutOfOrder() throws {
        var maker = convolution()
        maker.model.graph.node.reverse()
        let results = try maker.run(["x": ([1, 2, 3, 4], [1, 1, 2, 2])])
        #expect(try results["y"]?.array(Float.self) == [10])
    }

    @Test func givesOutInputsAndSharedValues() throws {
        var maker = ModelMaker()
        maker.input("x", [2])
        maker.node("Identity", ["x"], ["y"])
        maker.node("Dropout", ["x"], ["z", "mask"])
        maker.output("x")
        maker.output("y")
        maker.output("z")
        maker.output("mask", nil, .bool)
        let results = try maker.run(["x": ([1, 2], [2])])
        #expect(try results["x"]?.array(Float.self) == [1, 2])
        #expect(try results["y"]?.array(Float.self) == [1, 2])
        #expect(try results["z"]?.array(Float.self) == [1, 2])
        #expect(try results["mask"]?.array(Bool.self) == [true, true])
    }

    @Test func foldsShapeArithmetic() throws {
        var maker = ModelMaker()
        maker.input("x", [2, 3, 4])
        maker.node("Shape", ["x"], ["shape"])
        maker.constant("zero", ints: [0], [])
        maker.constant("minus", ints: [-1])
        maker.constant("first", ints: [0])
        maker.node("Gather", ["shape", "zero"], ["batch"])
        maker.node("Unsqueeze", ["batch", "first"], ["batches"])
        maker.node("Concat", ["batches", "minus"], ["target"], ["axis": 0])
        maker.node("Reshape", ["x", "target"], ["y"])
        maker.output("y")
        let graph = try maker.imported().graph
        #expect(graph.nodeCount == 1)
        #expect(graph.type(graph.outputs[0]) == TensorType(.f32, fixed: [2, 12]))
    }

    // MARK: Cutting

    @Test func cutsAtInputsAndOutputs() throws {
        var maker = ModelMaker()
        maker.input("x", [2])
        maker.node("StringNormalizer", ["x"], ["a"])
        maker.node("Neg", ["a"], ["b"])
        maker.node("Exp", ["b"], ["c"])
        maker.node("RandomNormalLike", ["c"], ["y"])
        maker.output("y")
        #expect(errorCode { _ = try maker.imported() } == .unsupported)
        let options = ImportOptions(inputs: ["a": [3]], outputs: ["b", "c"])
        let imported = try maker.imported(options)
        #expect(imported.graph.inputs.map { imported.graph[$0].name } == ["a"])
        #expect(imported.notes.count == 1)  // the type of a isn't in the file
        let results = try maker.run(["a": ([1, 0, -1], [3])], options)
        #expect(try results["b"]?.array(Float.self) == [-1, 0, 1])
        #expect(results["c"]?.count == 3)
    }

    @Test func aCutKeepsTheTypeOfWhatItReplaces() throws {
        var maker = ModelMaker()
        maker.input("x", ["N", 4])
        maker.node("Relu", ["x"], ["a"])
        maker.node("Greater", ["a", "a"], ["b"])
        maker.node("Cast", ["b"], ["y"], ["to": 1])
        maker.output("y")
        func type(_ name: String, _ shape: [Int]? = nil) throws -> String {
            let graph = try maker.imported(ImportOptions(inputs: [name: shape])).graph
            return graph.inputs.map { "\(graph[$0].name): \(graph.type($0))" }.joined(separator: ", ")
        }
        #expect(try type("a") == "a: f32[a_0×4]")
        #expect(try type("b") == "b: bool[b_0×4]")
        #expect(try type("b", [2, 4]) == "b: bool[2×4]")
        #expect(errorCode { _ = try type("b:4") } == .usage)
    }

    @Test func aNumberBehindAnInputIsItsShape() throws {
        var maker = ModelMaker()
        maker.input("x", ["N"])
        maker.node("Relu", ["x"], ["y"])
        maker.output("y")
        let graph = try maker.imported(ImportOptions(inputs: ["x:3": nil])).graph
        #expect(graph.type(graph.inputs[0]).description == "f32[3]")
        var cut = try maker.imported().graph
        try cut.cut(ImportOptions(inputs: ["x:5": nil]))
        #expect(cut.type(cut.inputs[0]).description == "f32[5]")
        #expect(errorCode { _ = try maker.imported(ImportOptions(constants: ["x": 3])) } == .usage)
    }

    @Test func setsTheShapeOfAnInput() throws {
        let imported = try convolution().imported(ImportOptions(inputs: ["x": [1, 1, 5, 6]]))
        #expect(imported.graph.type(imported.graph.outputs[0]) == TensorType(.f32, fixed: [1, 1, 4, 5]))
        #expect(errorCode { _ = try convolution().imported(ImportOptions(inputs: ["x": [1, 2, 5, 6]])) } == .usage)
    }

    @Test func feedsConstants() throws {
        var maker = ModelMaker()
        maker.input("x", [2])
        maker.input("training", [], .bool)
        maker.node("Dropout", ["x", "", "training"], ["y"])
        maker.output("y")
        #expect(errorCode { _ = try maker.imported() } == .unsupported)
        let graph = try maker.imported(ImportOptions(constants: ["training": 0])).graph
        #expect(graph.inputs.map { graph[$0].name } == ["x"])
    }

    @Test func refusesUnknownNames() {
        let error = failure { _ = try convolution().imported(ImportOptions(outputs: ["nowhere"])) }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("nowhere") == true)
        #expect(error?.message.contains("its inputs are x, its outputs y") == true)
    }

    // MARK: Recognising

    @Test func recognisesByContent() throws {
        func recognizes(_ data: Data) -> Bool { ONNXImporter.recognizes(SharedBytes(data)) }
        let bytes = try convolution().bytes()
        #expect(recognizes(bytes))
        #expect(recognizes(bytes.prefix(64)))
        #expect(!recognizes(Data()))
        #expect(!recognizes(Data("{\"model\": 1}".utf8)))
        #expect(!recognizes(Data([0x89] + Array("HDF\r\n".utf8))))
        // A TensorFlow graph: field 1 is a node. A SavedModel: a version, then field 2.
        #expect(!recognizes(Data([0x0A, 0x05, 0x0A, 0x03] + Array("abc".utf8))))
        #expect(!recognizes(Data([0x08, 0x01, 0x12, 0x02, 0x0A, 0x00])))
    }

    /// What says nothing about a dimension makes no two of them equal; a name does.
    @Test(arguments: ["?", "-1", "", "None", "*", "0"])
    func dimensionsWithoutANameStandForThemselves(label: String) throws {
        var maker = ModelMaker()
        maker.input("x", [label, 3, label, label])
        maker.input("z", [label, "W", "x_3"])
        maker.node("Identity", ["x"], ["y"])
        maker.output("y")
        let graph = try maker.imported().graph
        #expect(graph.freeDimensions.count == 6, "\(graph.freeDimensions)")
        #expect(try graph.bindings(for: ["x": [1, 3, 48, 192], "z": [7, 8, 9]]).count == 6)
        var other = ModelMaker()
        other.input("x", ["W", "W"])
        other.node("Neg", ["x"], ["y"])
        other.output("y")
        let square = try other.imported().graph
        let error = failure { _ = try square.bindings(for: ["x": [48, 192]]) }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("‹input› x:48x192") == true)
    }
}
