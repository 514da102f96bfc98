import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Operations that a present TensorFlow doesn't run any more, and what operations can't be imported without.
@Suite struct OperationTests {
    @Test func noOperationHasTwoRules() { #expect(ImportRules.duplicates == []) }

    private func result(_ maker: GraphMaker, _ inputs: [String: Tensor], _ output: String = "y") throws -> Tensor {
        try #require(maker.imported(ImportOptions(outputs: [output])).graph.evaluateReference(inputs)[output])
    }

    private func failure(_ maker: GraphMaker) -> String {
        let error = maker.failure(ImportOptions(outputs: ["y"]))
        return error?.code == .unsupported ? error?.message ?? "" : ""
    }

    // MARK: Gone from TensorFlow

    @Test func eightComparisonsAreOneByte() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, 16])
        maker.constant("threshold", [0.5], [])
        maker.add("CompareAndBitpack", "y", ["x", "threshold"], ["T": .type(.dtFloat)])
        let x: [Float] = [1, 0, 0, 0.5, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0.75]
        // numpy.packbits(x > 0.5): the first is the highest bit.
        #expect(try result(maker, ["x": Tensor(x, shape: [1, 16])]).array(UInt8.self) == [0b1000_0101, 1])
    }

    @Test func firstTopKHasItsCountAsAttribute() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, 4])
        maker.add("TopK", "y", ["x"], ["k": .int(2)])
        let x = try Tensor([3, 1, 7, 7] as [Float], shape: [1, 4])
        #expect(try result(maker, ["x": x]).array(Float.self) == [7, 7])
        #expect(try result(maker, ["x": x], "y:1").array(Int32.self) == [2, 3])
    }

    @Test(arguments: [true, false])
    func firstBatchNormalisationScalesWhereAsked(scales: Bool) throws {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, 1, 1, 2])
        for (name, values) in [("mean", [1, 2]), ("variance", [3, 8]), ("beta", [0.5, -1]), ("gamma", [2, 10])] as [(String, [Float])] {
            maker.constant(name, values, [2])
        }
        maker.add(
            "BatchNormWithGlobalNormalization", "y", ["x", "mean", "variance", "beta", "gamma"],
            ["variance_epsilon": .float(1), "scale_after_normalization": .bool(scales)])
        let y = try result(maker, ["x": Tensor([5, 8] as [Float], shape: [1, 1, 1, 2])]).array(Float.self)
        // (x − mean) / √(variance + 1) · gamma + beta.
        #expect(y == (scales ? [4.5, 19] : [2.5, 1]))
    }

    // MARK: Refused

    @Test func sequencesOfFreeLengthAreRefused() {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, -1, 3])
        maker.constant("length", integers: [4], [])
        for (name, shape) in [("state", [1, 2]), ("w", [5, 8]), ("hole", [2]), ("b", [8])] {
            maker.constant(name, [Float](repeating: 0, count: shape.reduce(1, *)), shape)
        }
        maker.add("BlockLSTM", "y", ["length", "x", "state", "state", "w", "hole", "hole", "hole", "b"])
        #expect(failure(maker).contains("length isn't fixed"))
    }

    @Test func softSuppressionIsRefused() {
        var maker = GraphMaker()
        maker.placeholder("boxes", [-1, 4])
        maker.placeholder("scores", [-1])
        maker.constant("limit", integers: [3], [])
        maker.constant("threshold", [0.5], [])
        maker.add(
            "NonMaxSuppressionV5", "y", ["boxes", "scores", "limit", "threshold", "threshold", "threshold"], ["T": .type(.dtFloat)])
        #expect(failure(maker).contains("soft suppression"))
    }

    @Test(arguments: ["MatrixDiagPart", "UnravelIndex", "Roll", "UnsortedSegmentSum"])
    func ranksThatDecideMustBeKnown(operation: String) {
        var maker = GraphMaker()
        maker.placeholder("x", nil, operation == "UnravelIndex" ? .dtInt32 : .dtFloat)
        maker.placeholder("places", nil, .dtInt32)
        maker.constant("one", integers: [1], [])
        maker.constant("extents", integers: [2, 3])
        switch operation {
        case "UnravelIndex": maker.add(operation, "y", ["x", "extents"])
        case "Roll": maker.add(operation, "y", ["x", "one", "one"])
        case "UnsortedSegmentSum": maker.add(operation, "y", ["x", "places", "one"])
        default: maker.add(operation, "y", ["x"])
        }
        #expect(failure(maker).contains("isn't known"))
    }

    @Test func diagonalsOfFreeMatricesAreRefusedButForTheMainOne() throws {
        for k in [0, 1] {
            var maker = GraphMaker()
            maker.placeholder("x", [-1, -1])
            maker.constant("k", integers: [k], [])
            maker.constant("filler", [0], [])
            maker.add("MatrixDiagPartV3", "y", ["x", "k", "filler"])
            guard k == 0 else {
                #expect(failure(maker).contains("extents aren't fixed"))
                continue
            }
            let x = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
            #expect(try result(maker, ["x": x]).array(Float.self) == [1, 5])
        }
    }

    // MARK: Kinds of rule

    @Test func fakeQuantisationBecomesAPairOfQuantisations() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, 3])
        maker.add("FakeQuantWithMinMaxArgs", "y", ["x"], ["min": .float(-1), "max": .float(2)])
        let model = try maker.imported(ImportOptions(outputs: ["y"]))
        #expect(model.operators.filter { $0.hasSuffix("Linear") } == ["QuantizeLinear", "DequantizeLinear"])
        let pair = try #require(model.operators(DequantizeLinear.self).first)
        #expect(pair.axis == 1)
    }

    @Test func rollingByMoreThanAFreeExtent() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [-1])
        maker.constant("shift", integers: [-5], [])
        maker.constant("axis", integers: [0], [])
        maker.add("Roll", "y", ["x", "shift", "axis"])
        #expect(try result(maker, ["x": Tensor([1, 2, 3] as [Float])]).array(Float.self) == [3, 1, 2])
        #expect(try result(maker, ["x": Tensor([] as [Float])]).count == 0)
    }
}
