import Foundation
import ONNXImport
import SwiftProtobuf
import TestSupport
import Testing
import WireFormats

/// What a node means depends on the version of the operator set, and on what's attribute or input there.
@Suite struct RuleTests {
    @Test func noOperatorHasTwoRules() { #expect(RuleTable.duplicates == []) }

    /// The result of one node on `x`, with constants as its further inputs.
    private func run(
        _ type: String, _ x: [Float], _ shape: [Int], _ attributes: [String: Any] = [:], opset: Int64 = 21,
        _ constants: [Onnx_TensorProto] = []
    ) throws -> Tensor {
        var maker = ModelMaker(opset: opset)
        maker.input("x", shape)
        maker.model.graph.initializer = constants
        maker.node(type, ["x"] + constants.map(\.name), ["y"], attributes)
        maker.output("y")
        return try #require(try maker.run(["x": (x, shape)])["y"])
    }

    @Test func softmaxFlattensBeforeVersion13() throws {
        // Over the last two axes at once: four equal elements.
        let old = try run("Softmax", [1, 1, 1, 1], [1, 2, 2], opset: 11)
        #expect(try old.array(Float.self) == [0.25, 0.25, 0.25, 0.25])
        #expect(old.shape == [1, 2, 2])
        let new = try run("Softmax", [1, 1, 1, 1], [1, 2, 2], opset: 13)
        #expect(try new.array(Float.self) == [0.5, 0.5, 0.5, 0.5])
    }

    @Test func softmaxFlattensUnknownShapesToo() throws {
        var maker = ModelMaker(opset: 9)
        maker.input("x", ["A", "B", "C"])
        maker.node("Softmax", ["x"], ["y"], ["axis": 1])
        maker.output("y")
        let result = try #require(try maker.run(["x": ([1, 1, 1, 1], [1, 2, 2])])["y"])
        #expect(result.shape == [1, 2, 2])
        #expect(try result.array(Float.self) == [0.25, 0.25, 0.25, 0.25])
    }

    @Test func theFirstResizeTakesThePlaceAboveWhereItShrinks() throws {
        let x = (0..<7).map { Float($0) }
        let down = try run("Resize", x, [1, 7], ["mode": "nearest"], opset: 10, [ModelMaker.tensor("s", [1, 0.6])])
        #expect(try down.array(Float.self) == [0, 2, 4, 5])
        let up = try run("Resize", Array(x.prefix(3)), [1, 3], ["mode": "nearest"], opset: 10, [ModelMaker.tensor("s", [1, 2.5])])
        #expect(try up.array(Float.self) == [0, 0, 0, 1, 1, 2, 2])
        let both = try run("Resize", x, [1, 7], ["mode": "nearest"], opset: 10, [ModelMaker.tensor("s", [2, 0.6])])
        #expect(try both.array(Float.self) == [0, 2, 4, 5, 0, 2, 4, 5])
    }

    @Test func theWholeShapeOfATransposedConvolutionIsKnownByItsWeight() throws {
        var maker = ModelMaker(opset: 13)
        maker.input("x", nil)
        maker.constant("w", [1, 2, 3, 4], [1, 1, 2, 2])
        maker.node("ConvTranspose", ["x", "w"], ["y"], ["strides": [2, 2], "output_shape": [1, 1, 4, 4]])
        maker.output("y")
        let y = try #require(try maker.run(["x": ([1, 2, 3, 4], [1, 1, 2, 2])])["y"])
        #expect(y.shape == [1, 1, 4, 4])
    }

    @Test func aScaleOfUnknownShapeIsRefused() {
        var maker = ModelMaker(opset: 13)
        maker.input("x", [2, 2], .uint8)
        maker.input("scale", nil)
        maker.constant("one", [1], [])
        maker.model.graph.initializer.append(
            .with {
                $0.name = "b"
                $0.dataType = Int32(Onnx_TensorProto.DataType.uint8.rawValue)
                $0.dims = [2, 2]
                $0.rawData = Data([1, 2, 3, 4])
            })
        maker.model.graph.initializer.append(bytes("zero", [0], []))
        maker.node("QLinearMatMul", ["x", "scale", "zero", "b", "one", "zero", "one", "zero"], ["y"])
        maker.output("y", nil, .uint8)
        #expect(failure { _ = try maker.imported() }?.code == .unsupported)
    }

    @Test func clipTakesAttributesThenInputs() throws {
        let old = try run("Clip", [-2, 0.5, 9], [3], ["min": Float(0)], opset: 6 + 4)
        #expect(try old.array(Float.self) == [0, 0.5, 9])
        let new = try run(
            "Clip", [-2, 0.5, 9], [3], opset: 13, [ModelMaker.tensor("low", [-1], []), ModelMaker.tensor("high", [1], [])])
        #expect(try new.array(Float.self) == [-1, 0.5, 1])
    }

    @Test(arguments: [Int64(9), 10, 13]) func slices(_ opset: Int64) throws {
        let x: [Float] = [0, 1, 2, 3, 4, 5]
        let attributes: [String: Any] = opset < 10 ? ["starts": [1], "ends": [-1], "axes": [1]] : [:]
        let constants = [("s", [1]), ("e", [-1]), ("a", [1])].map { ModelMaker.tensor($0.0, ints: $0.1) }
        let y = try run("Slice", x, [1, 6], attributes, opset: opset, opset < 10 ? [] : constants)
        #expect(try y.array(Float.self) == [1, 2, 3, 4])
    }

    @Test func padsWithAttributesBeforeVersion11() throws {
        let y = try run("Pad", [1, 2], [2], ["pads": [1, 0], "value": Float(7)], opset: 10)
        #expect(try y.array(Float.self) == [7, 1, 2])
    }

    @Test(arguments: [Int64(11), 13]) func squeezes(_ opset: Int64) throws {
        let y = try run(
            "Squeeze", [1, 2], [1, 2, 1], opset < 13 ? ["axes": [0]] : [:], opset: opset,
            opset < 13 ? [] : [ModelMaker.tensor("axes", ints: [0])])
        #expect(y.shape == [2, 1])
    }

    @Test(arguments: [Int64(11), 18]) func reducesWithAxes(_ opset: Int64) throws {
        let y = try run(
            "ReduceMean", [1, 3, 5, 7], [2, 2], opset < 18 ? ["axes": [1], "keepdims": 0] : ["keepdims": 0], opset: opset,
            opset < 18 ? [] : [ModelMaker.tensor("axes", ints: [1])])
        #expect(try y.array(Float.self) == [2, 6])
        #expect(y.shape == [2])
    }

    @Test func topKTakesItsCountAsAttributeBeforeVersion10() throws {
        #expect(try run("TopK", [3, 9, 5], [3], ["k": 2], opset: 9).array(Float.self) == [9, 5])
    }

    @Test func upsamplesAndResizesAsEarlyVersionsDid() throws {
        let wanted: [Float] = [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]
        let x: [Float] = [1, 2, 3, 4]
        let scales = ModelMaker.tensor("scales", [1, 1, 2, 2])
        let attributes: [String: Any] = ["scales": [Float](arrayLiteral: 1, 1, 2, 2)]
        #expect(try run("Upsample", x, [1, 1, 2, 2], attributes, opset: 7).array(Float.self) == wanted)
        #expect(try run("Upsample", x, [1, 1, 2, 2], opset: 9, [scales]).array(Float.self) == wanted)
        #expect(try run("Resize", x, [1, 1, 2, 2], opset: 10, [scales]).array(Float.self) == wanted)
        let empty = ModelMaker.tensor("roi", [])
        #expect(try run("Resize", x, [1, 1, 2, 2], opset: 11, [empty, scales]).array(Float.self) == wanted)
    }

    @Test func groupNormalizationHasAScaleAGroupBeforeVersion21() throws {
        let x: [Float] = [1, 3, 1, 3, 5, 9, 5, 9]
        let perGroup = [ModelMaker.tensor("s", [1, 10]), ModelMaker.tensor("b", [0, 1])]
        let old = try run("GroupNormalization", x, [1, 4, 2], ["num_groups": 2, "epsilon": Float(0)], opset: 18, perGroup)
        #expect(try old.array(Float.self) == [-1, 1, -1, 1, -9, 11, -9, 11])
        let perChannel = [ModelMaker.tensor("s", [1, 1, 10, 1]), ModelMaker.tensor("b", [0, 0, 1, 0])]
        let new = try run("GroupNormalization", x, [1, 4, 2], ["num_groups": 2, "epsilon": Float(0)], opset: 21, perChannel)
        #expect(try new.array(Float.self) == [-1, 1, -1, 1, -9, 11, -1, 1])
    }

    @Test func transposedConvolutionPadsOneSide() throws {
        let y = try run(
            "ConvTranspose", [1, 2], [1, 1, 2], ["strides": [2], "output_padding": [1], "pads": [0, 0]],
            [ModelMaker.tensor("w", [1, 10], [1, 1, 2])])
        #expect(try y.array(Float.self) == [1, 10, 2, 20, 0])
    }

    @Test func asymmetricPads() throws {
        let y = try run("Conv", [1, 2, 3], [1, 1, 3], ["pads": [2, 0]], [ModelMaker.tensor("w", [1, 10], [1, 1, 2])])
        #expect(try y.array(Float.self) == [0, 10, 21, 32])
    }

    @Test func variadicOperatorsChain() throws {
        var maker = ModelMaker()
        maker.input("x", [2])
        maker.constant("a", [5, 1])
        maker.constant("b", [3, 4])
        for (type, output) in [("Sum", "s"), ("Mean", "m"), ("Max", "h"), ("Min", "l")] {
            maker.node(type, ["x", "a", "b"], [output])
            maker.output(output)
        }
        maker.node("Sum", ["x"], ["one"])
        maker.output("one")
        let results = try maker.run(["x": ([1, 7], [2])])
        #expect(try results["s"]?.array(Float.self) == [9, 12])
        #expect(try results["m"]?.array(Float.self) == [3, 4])
        #expect(try results["h"]?.array(Float.self) == [5, 7])
        #expect(try results["l"]?.array(Float.self) == [1, 1])
        #expect(try results["one"]?.array(Float.self) == [1, 7])
    }

    @Test func constantsOfEveryForm() throws {
        var maker = ModelMaker()
        let forms: [(String, Any)] = [
            ("value_int", 3), ("value_ints", [1, 2]), ("value_float", Float(0.5)), ("value_floats", [Float(1), 2]),
            ("value", ModelMaker.tensor("", ints: [4], [])),
        ]
        for (name, value) in forms {
            maker.node("Constant", [], ["c_\(name)"], [name: value])
            maker.output("c_\(name)")
        }
        let results = try maker.run([:])
        #expect(try results["c_value_int"]?.array(Int64.self) == [3])
        #expect(results["c_value_int"]?.shape == [])
        #expect(try results["c_value_ints"]?.array(Int64.self) == [1, 2])
        #expect(try results["c_value_float"]?.array(Float.self) == [0.5])
        #expect(try results["c_value_floats"]?.array(Float.self) == [1, 2])
        #expect(try results["c_value"]?.array(Int64.self) == [4])
    }

    @Test func trainingIsUnsupported() {
        let ones = ["s", "b", "m", "v"].map { ModelMaker.tensor($0, [1]) }
        #expect(errorCode { _ = try run("BatchNormalization", [1], [1, 1], ["training_mode": 1], opset: 15, ones) } == .unsupported)
    }

    @Test func unknownAttributesAreNoted() throws {
        var maker = ModelMaker()
        maker.input("x", [1])
        maker.node("Relu", ["x"], ["y"], ["consumed_inputs": [0]])
        maker.output("y")
        #expect(try maker.imported().notes.first?.contains("consumed_inputs") == true)
    }

    @Test func attributesOfTheWrongTypeAreRefused() {
        #expect(errorCode { _ = try run("LeakyRelu", [1], [1], ["alpha": 1]) } == .malformed)
        #expect(errorCode { _ = try run("Flatten", [1], [1], ["axis": Float(1)]) } == .malformed)
    }

    // MARK: Quantised products

    private func bytes(_ name: String, _ values: [UInt8], _ shape: [Int]) -> Onnx_TensorProto {
        var tensor = Onnx_TensorProto()
        (tensor.name, tensor.dataType, tensor.rawData) = (name, 2, Data(values))
        tensor.dims = shape.map { Int64($0) }
        return tensor
    }

    @Test func integerProductsAreExact() throws {
        var maker = ModelMaker()
        maker.model.graph.initializer = [
            bytes("a", [11, 7, 3, 10, 6, 2], [2, 3]), bytes("b", [1, 4, 2, 5, 3, 6], [3, 2]), bytes("az", [12], [1]), bytes("bz", [0], [1]),
            bytes("x", [2, 3, 4, 5, 6, 7, 8, 9, 10], [1, 1, 3, 3]), bytes("w", [1, 1, 1, 1], [1, 1, 2, 2]), bytes("xz", [1], []),
        ]
        maker.node("MatMulInteger", ["a", "b", "az", "bz"], ["p"])
        maker.node("ConvInteger", ["x", "w", "xz"], ["c"])
        maker.output("p")
        maker.output("c")
        let results = try maker.run([:])
        #expect(try results["p"]?.array(Int32.self) == [-38, -83, -44, -98])
        #expect(try results["c"]?.array(Int32.self) == [12, 16, 24, 28])
    }

    @Test func quantizedConvolutionRequantizes() throws {
        var maker = ModelMaker()
        maker.model.graph.initializer = [
            bytes("x", [10, 20, 30], [1, 1, 3]), ModelMaker.tensor("xs", [0.5], []), bytes("xz", [10], []), bytes("w", [3, 5], [1, 1, 2]),
            ModelMaker.tensor("ws", [2], [1]), bytes("wz", [2], []), ModelMaker.tensor("ys", [4], []), bytes("yz", [100], []),
        ]
        maker.node("QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz"], ["y"])
        maker.output("y")
        // (0·1 + 10·3, 10·1 + 20·3) · 0.5·2/4 = (7.5, 17.5), halves to even.
        #expect(try maker.run([:])["y"]?.array(UInt8.self) == [108, 118])
    }

    @Test func losses() throws {
        var maker = ModelMaker()
        maker.input("x", [2, 2])
        maker.constant("t", ints: [0, 5])
        maker.node("NegativeLogLikelihoodLoss", ["x", "t"], ["y"], ["ignore_index": 5])
        maker.output("y")
        #expect(try maker.run(["x": ([1, 2, 3, 4], [2, 2])])["y"]?.array(Float.self) == [-1])
    }
}
