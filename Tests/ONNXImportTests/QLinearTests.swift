import ONNXImport
import TestSupport
import Testing
import WireFormats

/// ONNX Runtime's quantised operators; the numbers are those of its own kernels (1.32).
@Suite struct QLinearTests {
    private let a = ModelMaker.tensor("a", bytes: [0, 50, 128, 200, 255, 130, 127, 7], [2, 4])
    private let b = ModelMaker.tensor("b", bytes: [9, 250, 128, 2, 30, 60, 200, 128], [2, 4])
    private let volume = ModelMaker.tensor("v", bytes: (0..<24).map { UInt8($0 * 10) }, [1, 2, 3, 4])

    private func scale(_ name: String, _ value: Float) -> Onnx_TensorProto { ModelMaker.tensor(name, [value], []) }
    private func zero(_ name: String, _ value: UInt8) -> Onnx_TensorProto { ModelMaker.tensor(name, bytes: [value], []) }

    /// The result of one node on constants.
    private func run(_ type: String, _ inputs: [Onnx_TensorProto], _ attributes: [String: Any] = [:]) throws -> Tensor {
        var maker = ModelMaker(opset: 13)
        maker.model.opsetImport.append(ModelMaker.opset("com.microsoft", 1))
        maker.model.graph.initializer = inputs
        maker.node(type, inputs.map(\.name), ["y"], attributes, domain: "com.microsoft")
        maker.output("y")
        let model = try maker.imported()
        #expect(model.notes.isEmpty)
        return try #require(try model.graph.evaluateReference([:])["y"])
    }

    private func bytes(_ type: String, _ inputs: [Onnx_TensorProto], _ attributes: [String: Any] = [:]) throws -> [UInt8] {
        try run(type, inputs, attributes).array(UInt8.self)
    }

    @Test func sumsAndProducts() throws {
        let operands = [a, scale("as", 0.02), zero("az", 128), b, scale("bs", 0.05), zero("bz", 100)]
        #expect(try bytes("QLinearAdd", operands + [scale("cs", 0.06), zero("cz", 110)]) == [0, 209, 133, 52, 94, 77, 193, 93])
        #expect(try bytes("QLinearMul", operands + [scale("cs", 0.15), zero("cz", 110)]) == [188, 32, 110, 63, 51, 109, 109, 87])
        let single = [
            a, scale("as", 0.02), zero("az", 128), zero("b", 200), scale("bs", 0.05), zero("bz", 100), scale("cs", 0.06), zero("cz", 110),
        ]
        #expect(try bytes("QLinearAdd", single) == [151, 167, 193, 217, 236, 194, 193, 153])
    }

    @Test func activations() throws {
        let x = [a, scale("as", 0.05), zero("az", 128)]
        #expect(try bytes("QLinearSigmoid", x + [scale("cs", 1 / 256), zero("cz", 0)]) == [0, 5, 128, 249, 255, 134, 125, 1])
        #expect(
            try bytes("QLinearLeakyRelu", x + [scale("cs", 0.04), zero("cz", 40)], ["alpha": Float(0.2)]) == [
                8, 20, 40, 130, 199, 42, 40, 10,
            ])
        #expect(
            try bytes("QLinearSoftmax", x + [scale("cs", 1 / 256), zero("cz", 0)], ["axis": -1, "opset": 13]) == [
                0, 0, 7, 249, 255, 0, 0, 0,
            ])
    }

    @Test func concatenation() throws {
        let parts = [scale("cs", 0.1), zero("cz", 100), a, scale("as", 0.05), zero("az", 128), b, scale("bs", 0.2), zero("bz", 90)]
        #expect(try bytes("QLinearConcat", parts, ["axis": 0]) == [36, 61, 100, 136, 164, 101, 100, 40, 0, 255, 176, 0, 0, 40, 255, 176])
    }

    @Test func pools() throws {
        let x = [volume, scale("as", 0.05), zero("az", 100)]
        #expect(try bytes("QLinearGlobalAveragePool", x + [scale("cs", 0.03), zero("cz", 90)], ["channels_last": 0]) == [15, 215])
        #expect(
            try bytes("QLinearGlobalAveragePool", x + [scale("cs", 0.03), zero("cz", 90)], ["channels_last": 1]) == [90, 107, 123, 140])
        #expect(
            try bytes("QLinearAveragePool", x + [scale("cs", 0.04), zero("cz", 90)], ["kernel_shape": [2, 2], "strides": [1, 2]])
                == [0, 21, 46, 71, 146, 171, 196, 221])
    }

    @Test func products() throws {
        let left = ModelMaker.tensor("a", bytes: [10, 200, 30, 128, 0, 255], [2, 3])
        let right = ModelMaker.tensor("b", bytes: [5, 100, 128, 200, 250, 3], [3, 2])
        var bias = ModelMaker.tensor("c", ints: [100, -200])
        bias.dataType = Int32(Onnx_TensorProto.DataType.int32.rawValue)
        bias.int64Data = []
        bias.int32Data = [100, -200]
        let operands = [left, scale("as", 0.02), zero("az", 128), right, scale("bs", 0.03), zero("bz", 120), bias]
        let result = [scale("ys", 0.07), zero("yz", 100)]
        #expect(try bytes("QGemm", operands + result, ["alpha": Float(1)]) == [113, 255, 234, 0])
        #expect(try bytes("QGemm", operands + result, ["alpha": Float(0.5)]) == [106, 183, 167, 0])
        func close(_ tensor: Tensor, _ wanted: [Float]) throws {
            #expect(zip(try tensor.array(Float.self), wanted).allSatisfy { abs($0 - $1) < 2e-5 })
        }
        try close(run("QGemm", operands, ["alpha": Float(0.5)]), [0.4518, 5.8158, 4.6758, -7.5897])
        let columns = [
            ModelMaker.tensor("bs", [0.03, 0.05]), zero("az", 128), ModelMaker.tensor("bz", bytes: [120, 100]),
            ModelMaker.tensor("bias", [1, 2]),
        ]
        try close(run("MatMulIntegerToFloat", [left, right, scale("as", 0.02)] + columns), [1.8436, 18.706, 10.2916, -23.119])
        let floats = ModelMaker.tensor("a", [-1, 0.5, 2, 0.25, 3, -2], [2, 3])
        try close(
            run("DynamicQuantizeMatMul", [floats, right, columns[0], columns[2], columns[3]]), [12.372354, -5.150981, -6.959412, 26.7])
    }

    @Test func scalesThatAreNoneForAllAreRefused() throws {
        let many = [a, ModelMaker.tensor("as", [1, 2, 3, 4]), zero("az", 128), scale("cs", 1), zero("cz", 0)]
        #expect(errorCode { _ = try run("QLinearSigmoid", many) } == .unsupported)
    }

    // MARK: What ONNX Runtime writes for itself

    @Test(arguments: [
        ("com.microsoft", "FusedConv"), ("com.microsoft.nchwc", "Conv"), ("com.ms.internal.nhwc", "Conv"), ("com.microsoft", "QAttention"),
    ])
    func filesThatWereOptimisedSayWhatToTake(domain: String, type: String) throws {
        var maker = ModelMaker(opset: 13)
        maker.input("x", [1])
        maker.node(type, ["x"], ["y"], domain: domain)
        maker.output("y")
        let error = failure { _ = try maker.imported() }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("Take the model from before") == true && error?.message.contains("QuantFormat.QDQ") == true)
        #expect(error?.message.contains("cut the graph") == false)
        maker.model.graph.node[0].domain = "mine"
        #expect(failure { _ = try maker.imported() }?.message.contains("cut the graph") == true)
    }
}
