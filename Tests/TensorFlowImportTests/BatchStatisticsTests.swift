import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// `FusedBatchNorm` that normalises by its batch, against TensorFlow's five outputs.
@Suite struct BatchStatisticsTests {
    private func run(_ half: Bool, share: Double = 1, shape: [Int]? = [1, 2, 2, 2], _ values: [Float]) throws -> [String: Tensor] {
        var maker = GraphMaker()
        maker.placeholder("x", shape, half ? .dtHalf : .dtFloat)
        maker.constant("scale", [1.5, 0.5], [2])
        maker.constant("offset", [0.25, -1], [2])
        maker.constant("mean", share == 1 ? [] : [3, 4], [share == 1 ? 0 : 2])
        maker.constant("variance", share == 1 ? [] : [2, 8], [share == 1 ? 0 : 2])
        maker.add(
            "FusedBatchNormV3", "y", ["x", "scale", "offset", "mean", "variance"],
            [
                "epsilon": .float(1e-3), "is_training": .bool(true), "exponential_avg_factor": .float(share),
                "T": .type(half ? .dtHalf : .dtFloat), "U": .type(.dtFloat),
            ])
        let model = try maker.imported(ImportOptions(outputs: ["y", "y:1", "y:2", "y:3", "y:4"]))
        let x = try Tensor(values, shape: [1, values.count == 2 ? 1 : 2, values.count == 2 ? 1 : 2, 2])
        return try model.graph.evaluateReference(["x": x.converted(to: half ? .f16 : .f32)])
    }

    private func expect(_ result: Tensor?, _ wanted: [Float], within bound: Float = 1e-5) throws {
        let values = try #require(result).converted(to: .f32).array(Float.self)
        #expect(values.count == wanted.count && zip(values, wanted).allSatisfy { abs($0 - $1) <= bound * max(1, abs($1)) }, "\(values)")
    }

    private let values: [Float] = [1, 10, 2, -3, 4, 5, -1, 0.5]
    private let normal: [Float] = [-0.16596118, -0.29534972, 0.66596115, -1.6277794, 2.3298059, -0.80782264, -1.8298059, -1.2690483]

    @Test(arguments: [false, true], [[1, 2, 2, 2], [-1, -1, -1, 2], nil] as [[Int]?])
    func theVarianceGivenOutIsUnbiased(half: Bool, shape: [Int]?) throws {
        let results = try run(half, shape: shape, values)
        try expect(results["y"], normal, within: half ? 1e-3 : 1e-5)
        #expect(results["y"]?.elementType == (half ? .f16 : .f32) && results["y:2"]?.elementType == .f32)
        try expect(results["y:1"], [1.5, 3.125])
        try expect(results["y:2"], [4.3333335, 31.729168])
        try expect(results["y:3"], [1.5, 3.125])
        try expect(results["y:4"], [3.25, 23.796875])
    }

    @Test func aShareOfTheOldAveragesIsKept() throws {
        let results = try run(false, share: 0.25, values)
        try expect(results["y"], normal)
        try expect(results["y:1"], [2.625, 3.78125])
        try expect(results["y:2"], [2.5833335, 13.932292])
        try expect(results["y:4"], [3.25, 23.796875])
    }

    @Test func oneElementAChannelHasNoVariance() throws {
        let results = try run(false, shape: [1, 1, 1, 2], [1, 10])
        try expect(results["y"], [0.25, -1])
        try expect(results["y:2"], [0, 0])
    }
}
