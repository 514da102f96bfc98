import ONNXImport
import TestSupport
import Testing
import WireFormats

/// Operator sets 1 to 6, as PyTorch 0.3, Caffe2 and the first converters wrote them: what each meant by the standard of its time.
@Suite struct LegacyTests {
    /// The result of one node on `x`, with constants as its further inputs.
    private func run(
        _ type: String, _ x: [Float], _ shape: [Int], _ attributes: [String: Any] = [:], opset: Int64 = 6,
        _ constants: [Onnx_TensorProto] = []
    ) throws -> Tensor {
        var maker = ModelMaker(opset: opset)
        maker.input("x", shape)
        maker.model.graph.initializer = constants
        maker.node(type, ["x"] + constants.map(\.name), ["y"], attributes)
        maker.output("y")
        #expect(try maker.imported().notes.isEmpty)
        return try #require(try maker.run(["x": (x, shape)])["y"])
    }

    private let ramp: [Float] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]

    // MARK: Broadcasting

    @Test func anAxisSaysWhereTheSecondInputBelongs() throws {
        let column = [ModelMaker.tensor("b", [100, 200, 300])]
        let row = [ModelMaker.tensor("b", [100, 200, 300, 400])]
        let byColumn: [Float] = [100, 101, 102, 103, 204, 205, 206, 207, 308, 309, 310, 311]
        for opset in [1, 6] as [Int64] {
            #expect(try run("Add", ramp, [3, 4], ["broadcast": 1, "axis": 0], opset: opset, column).array(Float.self) == byColumn)
            #expect(try run("Add", ramp, [3, 4], ["broadcast": 1, "axis": -2], opset: opset, column).array(Float.self) == byColumn)
            #expect(
                try run("Add", ramp, [3, 4], ["broadcast": 1], opset: opset, row).array(Float.self).prefix(5) == [100, 201, 302, 403, 104])
            #expect(
                try run("Add", ramp, [3, 4], ["broadcast": 1, "axis": 1], opset: opset, row).array(Float.self).prefix(5) == [
                    100, 201, 302, 403, 104,
                ])
        }
        // The second of three axes, as a bias of channels is added.
        let channels = try run("Sub", ramp, [1, 3, 2, 2], ["broadcast": 1, "axis": 1, "consumed_inputs": [0, 0]], opset: 1, column)
        #expect(try channels.array(Float.self) == [-100, -99, -98, -97, -196, -195, -194, -193, -292, -291, -290, -289])
        let two = try run("Mul", ramp, [2, 3, 2], ["broadcast": 1, "axis": 0], [ModelMaker.tensor("b", [1, 2, 3, 4, 5, 6], [2, 3])])
        #expect(try two.array(Float.self) == [0, 1, 4, 6, 12, 15, 24, 28, 40, 45, 60, 66])
        // A single element, whatever axis it's said to have.
        #expect(try run("Div", [2, 4], [2], ["broadcast": 1, "axis": 0], [ModelMaker.tensor("b", [2], [1])]).array(Float.self) == [1, 2])
        #expect(try run("Pow", [2, 3], [2], ["broadcast": 1], [ModelMaker.tensor("b", [2], [])]).array(Float.self) == [4, 9])
    }

    @Test func comparisonsAndLogicBroadcastTheSameWay() throws {
        let bound = [ModelMaker.tensor("b", [1, 4, 100])]
        for (type, wanted) in [
            ("Less", [true, false, false, false, false, false, false, false, true, true, true, true]),
            ("Greater", [false, false, true, true, false, true, true, true, false, false, false, false]),
        ] {
            #expect(try run(type, ramp, [3, 4], ["broadcast": 1, "axis": 0], opset: 1, bound).array(Bool.self) == wanted)
        }
        var maker = ModelMaker(opset: 1)
        maker.input("a", [2, 2], .bool)
        maker.input("b", [2], .bool)
        for type in ["And", "Or", "Xor"] {
            maker.node(type, ["a", "b"], [type], ["broadcast": 1, "axis": 0])
            maker.output(type, [2, 2], .bool)
        }
        let results = try maker.imported().graph.evaluateReference([
            "a": Tensor([true, false, true, false], shape: [2, 2]), "b": Tensor([true, false], shape: [2]),
        ])
        #expect(try results["And"]?.array(Bool.self) == [true, false, false, false])
        #expect(try results["Or"]?.array(Bool.self) == [true, true, true, false])
        #expect(try results["Xor"]?.array(Bool.self) == [false, true, true, false])
    }

    @Test func anAxisThatDoesNotFitIsAnError() throws {
        let b = [ModelMaker.tensor("b", [1, 2, 3])]
        #expect(errorCode { _ = try run("Add", ramp, [4, 3], ["broadcast": 1, "axis": 2], b) } == .malformed)
        #expect(errorCode { _ = try run("Add", ramp, [4, 3], ["broadcast": 1, "axis": 0], b) } == .invalidGraph)
        // Without the rank nothing says where the axis is.
        var maker = ModelMaker(opset: 6)
        maker.input("x")
        maker.model.graph.initializer = b
        maker.node("Add", ["x", "b"], ["y"], ["broadcast": 1, "axis": 1])
        maker.output("y")
        #expect(errorCode { _ = try maker.imported() } == .unsupported)
    }

    @Test func slopesOfPReluBelongToChannels() throws {
        let x: [Float] = [-1, -2, -3, -4]
        #expect(try run("PRelu", x, [1, 2, 2], [ModelMaker.tensor("s", [0.5, 10])]).array(Float.self) == [-0.5, -1, -30, -40])
        #expect(
            try run("PRelu", x, [1, 2, 2], ["consumed_inputs": [0, 0]], opset: 1, [ModelMaker.tensor("s", [0.5])]).array(Float.self) == [
                -0.5, -1, -1.5, -2,
            ])
    }

    private func run(_ type: String, _ x: [Float], _ shape: [Int], _ constants: [Onnx_TensorProto]) throws -> Tensor {
        try run(type, x, shape, [:], opset: 6, constants)
    }

    // MARK: Forms of single operators

    @Test func batchNormalizationTellsTestingByAnAttribute() throws {
        let statistics = [("s", [2, 3]), ("b", [1, 0]), ("m", [1, 2]), ("v", [4, 9])].map { ModelMaker.tensor($0.0, $0.1) }
        for opset in [1, 6] as [Int64] {
            var attributes: [String: Any] = ["is_test": 1, "epsilon": Float(0), "momentum": Float(0.9), "spatial": 1]
            if opset == 1 { attributes["consumed_inputs"] = [0, 0, 0, 1, 1] }
            #expect(
                try run("BatchNormalization", [1, 3, 2, 5], [1, 2, 2], attributes, opset: opset, statistics).array(Float.self) == [
                    1, 3, 0, 3,
                ])
        }
        // Statistics for each place of a channel.
        let places = [("s", [1, 2, 3, 4]), ("b", [0, 0, 1, 1]), ("m", [0, 1, 2, 3]), ("v", [1, 4, 1, 4])].map {
            ModelMaker.tensor($0.0, $0.1, [2, 2])
        }
        #expect(
            try run("BatchNormalization", [1, 3, 2, 5], [1, 2, 2], ["is_test": 1, "spatial": 0, "epsilon": Float(0)], opset: 6, places)
                .array(Float.self) == [1, 2, 1, 5])
    }

    @Test func shapesTilesAndPadsWereAttributes() throws {
        #expect(try run("Reshape", ramp, [3, 4], ["shape": [2, -1], "consumed_inputs": [0]], opset: 1).shape == [2, 6])
        #expect(try run("Pad", [1, 2], [2], ["paddings": [1, 0], "value": Float(7)], opset: 1).array(Float.self) == [7, 1, 2])
        #expect(try run("Pad", [1, 2], [2], ["pads": [1, 0], "value": Float(7)], opset: 2).array(Float.self) == [7, 1, 2])
        let tiles = [ModelMaker.tensor("n", [2], []), ModelMaker.tensor("axis", [1], [])]
        #expect(try run("Tile", [1, 2], [2, 1], opset: 1, tiles).array(Float.self) == [1, 1, 2, 2])
        #expect(try run("Tile", [1, 2], [2, 1], opset: 6, [ModelMaker.tensor("r", ints: [1, 2])]).array(Float.self) == [1, 1, 2, 2])
        #expect(try run("Slice", ramp, [3, 4], ["starts": [1], "ends": [2], "axes": [0]], opset: 1).array(Float.self) == [4, 5, 6, 7])
        var maker = ModelMaker(opset: 2)
        maker.input("x", [3, 4])
        maker.node("Split", ["x"], ["y", "z"], ["axis": 1, "split": [1, 3]])
        maker.output("y")
        #expect(try #require(try maker.run(["x": (ramp, [3, 4])])["y"]).array(Float.self) == [0, 4, 8])
        // The first version had no axis by default.
        maker.model.opsetImport = [ModelMaker.opset("", 1)]
        maker.model.graph.node[0].attribute.removeFirst()
        #expect(errorCode { _ = try maker.imported() } == .unsupported)
    }

    @Test func defaultsOfTheTime() throws {
        var maker = ModelMaker(opset: 3)
        maker.input("x", [2, 2])
        maker.node("Concat", ["x", "x"], ["y"])
        maker.output("y")
        #expect(try #require(try maker.run(["x": ([1, 2, 3, 4], [2, 2])])["y"]).array(Float.self) == [1, 2, 1, 2, 3, 4, 3, 4])
        maker.model.opsetImport = [ModelMaker.opset("", 4)]
        #expect(errorCode { _ = try maker.imported() } == .malformed)
        // 1.0507 · 1.6732 · (e⁻¹ − 1) in version 1, with more digits since.
        let selu = try run("Selu", [-1, 2], [2], opset: 1).array(Float.self)
        #expect(abs(selu[0] - -1.1112877) < 2e-6 && selu[1] == 2.1014)
        #expect(try run("Hardmax", [1, 2, 3, 0], [1, 2, 2], opset: 1).array(Float.self) == [0, 0, 1, 0])
        #expect(try run("Softmax", [1, 1, 1, 1], [1, 2, 2], ["axis": 1], opset: 6).array(Float.self) == [0.25, 0.25, 0.25, 0.25])
        #expect(try run("GlobalLpPool", [3, 4], [1, 1, 2], ["p": Float(2)], opset: 1).array(Float.self) == [5])
    }

    @Test func typesOfCastWereNames() throws {
        let whole = try run("Cast", [1.7, -2.7], [2], ["to": "INT32"], opset: 1)
        #expect(whole.elementType == .i32)
        #expect(try whole.doubles() == [1, -2])
        #expect(try run("Cast", [1.7], [1], ["to": 7], opset: 6).elementType == .i64)
        #expect(errorCode { _ = try run("Cast", [1], [1], ["to": "STRING"], opset: 1) } == .unsupported)
    }

    @Test func upsamplingByHeightAndWidth() throws {
        let attributes: [String: Any] = ["height_scale": Float(2), "width_scale": Float(1), "mode": "nearest"]
        #expect(try run("Upsample", [1, 2, 3, 4], [1, 1, 2, 2], attributes, opset: 1).array(Float.self) == [1, 2, 1, 2, 3, 4, 3, 4])
    }

    @Test func dropoutAndGemmSayMore() throws {
        #expect(try run("Dropout", [1, 2], [2], ["ratio": Float(0.5), "is_test": 1], opset: 1).array(Float.self) == [1, 2])
        let b = ModelMaker.tensor("b", [1, 0, 0, 1], [2, 2])
        let c = ModelMaker.tensor("c", [10, 20])
        let gemm = try run("Gemm", [1, 2, 3, 4], [2, 2], ["alpha": Float(2), "beta": Float(0.5), "broadcast": 1], opset: 6, [b, c])
        #expect(try gemm.array(Float.self) == [7, 14, 11, 18])
    }

    // MARK: Experimental operators

    @Test func experimentalOperatorsAreReadAsTheyWere() throws {
        #expect(try run("Affine", [1, 2], [2], ["alpha": Float(3), "beta": Float(1)], opset: 1).array(Float.self) == [4, 7])
        #expect(try run("Scale", [1, 2], [2], ["scale": Float(3)], opset: 1).array(Float.self) == [3, 6])
        let scaled = try run("ImageScaler", [1, 2, 3, 4], [1, 2, 1, 2], ["scale": Float(2), "bias": [10, -10] as [Float]], opset: 1)
        #expect(try scaled.array(Float.self) == [12, 14, -4, -2])
        let tanh = try run("ScaledTanh", [0.5], [1], ["alpha": Float(2), "beta": Float(2)], opset: 1).array(Float.self)
        #expect(abs(tanh[0] - 1.5231884) < 1e-6)
        let softplus = try run("ParametricSoftplus", [1], [1], ["alpha": Float(2), "beta": Float(1)], opset: 1).array(Float.self)
        #expect(abs(softplus[0] - 2.6265234) < 1e-6)
        let image = Array(ramp)
        #expect(try run("Crop", image, [1, 1, 3, 4], ["border": [1, 0, 1, 1]], opset: 1).array(Float.self) == [1, 2, 5, 6])
        #expect(
            try run("Crop", image, [1, 1, 3, 4], ["border": [1, 1, 0, 0], "scale": [2, 2]], opset: 1).array(Float.self) == [5, 6, 9, 10])
        #expect(
            try run("ConstantFill", [0, 0], [1, 2], ["value": Float(4), "extra_shape": [2]], opset: 1).array(Float.self) == [4, 4, 4, 4])
        #expect(
            try run("MeanVarianceNormalization", [1, 3, 10, 30], [1, 2, 1, 2], ["normalize_variance": 0], opset: 1).array(Float.self) == [
                -1, 1, -10, 10,
            ])
    }
}
