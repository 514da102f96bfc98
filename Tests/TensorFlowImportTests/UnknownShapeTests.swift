import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// What hangs on a rank or an extent that isn't known at import is decided when the graph runs. Values are TensorFlow's.
@Suite struct UnknownShapeTests {
    private func run(_ maker: GraphMaker, _ inputs: [String: Tensor], _ output: String = "y") throws -> [Float] {
        let results = try maker.imported(ImportOptions(outputs: [output])).graph.evaluateReference(inputs)
        return try #require(results[output]).converted(to: .f32).array(Float.self)
    }

    @Test(arguments: [nil, [-1], [4]] as [[Int]?], [nil, [-1, -1], [4, 4]] as [[Int]?])
    func aVectorSelectsRows(condition: [Int]?, data: [Int]?) throws {
        var maker = GraphMaker()
        maker.placeholder("c", condition, .dtBool)
        maker.placeholder("x", data)
        maker.placeholder("z", data)
        maker.add("Select", "y", ["c", "x", "z"])
        let x = try Tensor((0..<16).map { Float($0) - 5 }, shape: [4, 4])
        let hundred = try Tensor([Float](repeating: 100, count: 16), shape: [4, 4])
        let rows = try Tensor([true, false, false, true], shape: [4])
        let y = try run(maker, ["c": rows, "x": x, "z": hundred])
        #expect(y == [-5, -4, -3, -2, 100, 100, 100, 100, 100, 100, 100, 100, 7, 8, 9, 10])
        guard condition == nil else { return }
        let elements = try Tensor((0..<16).map { $0 % 2 == 0 }, shape: [4, 4])
        #expect(
            try run(maker, ["c": elements, "x": x, "z": hundred]) == [-5, 100, -3, 100, -1, 100, 1, 100, 3, 100, 5, 100, 7, 100, 9, 100])
        #expect(try run(maker, ["c": Tensor(scalar: true), "x": x, "z": hundred]) == x.array(Float.self))
    }

    @Test func groupsAreFoundWithTheChannels() throws {
        var maker = GraphMaker()
        maker.placeholder("x", nil)
        maker.constant("w", (0..<32).map { Float($0) / 16 - 0.9 }, [2, 2, 2, 4])
        maker.add("Conv2D", "y", ["x", "w"], ["padding": .string("VALID"), "strides": .ints([1, 1, 1, 1])])
        let x = try Tensor((0..<24).map { Float($0) / 10 - 1 }, shape: [1, 2, 3, 4])
        let y = try run(maker, ["x": x])
        let wanted: [Float] = [2.88, 2.805, 2.89, 2.915, 2.8, 2.925, 3.21, 3.435]
        #expect(zip(y, wanted).allSatisfy { abs($0 - $1) < 1e-5 }, "\(y)")
        var graph = try maker.imported().graph
        try graph.specialize(inputShapes: ["x": [1, 2, 3, 4]])
        #expect(graph.nodeIDs.compactMap { (graph[$0].op as? Convolution)?.groups } == [2])
    }

    @Test func aPartTakesTheRestOfAnOpenExtent() throws {
        var maker = GraphMaker()
        maker.placeholder("x", nil)
        maker.constant("sizes", integers: [1, -1, 2])
        maker.constant("axis", integers: [-1], [])
        maker.add("SplitV", "parts", ["x", "sizes", "axis"], ["num_split": .int(3)])
        let x = try Tensor((0..<10).map { Float($0) }, shape: [2, 5])
        #expect(try run(maker, ["x": x], "parts:1") == [1, 2, 6, 7])
        #expect(try run(maker, ["x": x], "parts:2") == [3, 4, 8, 9])
    }

    @Test(arguments: [([7, 8, 9, 10], [7, 10, 8, 9]), ([7, 8], [7, 8])] as [([Int], [Float])])
    func aLayoutIsPermutedByTheLengthItHas(values: [Int], wanted: [Float]) throws {
        var maker = GraphMaker()
        maker.placeholder("x", nil, .dtInt32)
        maker.add("DataFormatVecPermute", "y", ["x"], ["src_format": .string("NHWC"), "dst_format": .string("NCHW")])
        #expect(try run(maker, ["x": Tensor(values.map { Int32($0) })]) == wanted)
    }

    @Test func whatCannotBeDecidedSaysHowToGiveIt() {
        var maker = GraphMaker()
        maker.placeholder("x", nil)
        maker.constant("b", [1, 2], [2])
        maker.add("BiasAdd", "y", ["x", "b"], ["data_format": .string("NCHW")])
        let error = maker.failure()
        #expect(error?.code == .unsupported && error?.message.contains("‹input› NAME:SHAPE") == true)
    }

    @Test func aReductionWithoutAxesIsNoProduct() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, 3])
        maker.add("Shape", "shape", ["x"])
        maker.constant("axes", integers: [], [0])
        maker.add("Prod", "same", ["shape", "axes"])
        maker.add("Reshape", "y", ["x", "same"])
        let y = try maker.imported(ImportOptions(outputs: ["y"])).graph.evaluateReference([
            "x": Tensor((0..<6).map { Float($0) }, shape: [2, 3])
        ])
        #expect(try #require(y["y"]).shape == [2, 3])
    }
}
