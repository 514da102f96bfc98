import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// TensorFlow's resizing, against its results.
@Suite struct ResizeTests {
    private func maker(
        _ operation: String, _ shape: [Int]?, _ sizes: [Int], _ attributes: [String: GraphMaker.Attribute] = [:],
        _ type: Tensorflow_DataType = .dtFloat
    ) -> GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", shape, type)
        maker.constant("sizes", integers: sizes)
        maker.add(operation, "y", ["x", "sizes"], attributes.merging(["T": .type(type)]) { first, _ in first })
        return maker
    }

    private func run(_ maker: GraphMaker, _ x: Tensor) throws -> Tensor {
        try #require(try maker.imported().graph.evaluateReference(["x": x])["y"])
    }

    private static let cubic: [(String, [Float])] = [
        ("", [0.1, -0.70729023, 0.12688488, 1.3276553, 0.40901947, 1.2571563, 2.174978]),
        ("half_pixel_centers", [0.14652872, -0.48044506, -0.24712925, 1.3, 0.55999696, 1.0451665, 2.0930576]),
        ("align_corners", [0.1, -0.6706523, -0.11003768, 1.3, 0.61618674, 0.80313957, 2]),
    ]

    @Test(arguments: cubic) func cubicWeightsComeFromATable(flag: String, wanted: [Float]) throws {
        let maker = maker("ResizeBicubic", [1, 5, 1, 1], [7, 1], flag.isEmpty ? [:] : [flag: .bool(true)])
        let y = try run(maker, Tensor([0.1, -0.7, 1.3, 0.4, 2] as [Float], shape: [1, 5, 1, 1])).array(Float.self)
        #expect(zip(y, wanted).allSatisfy { abs($0 - $1) < 2e-6 }, "\(y)")
        #expect(try maker.imported().operators(Resize.self).first?.arithmetic == .tensorflow)
    }

    @Test(arguments: [([1, 14, 1, 1], [1, 14, 1, 1]), ([-1, -1, -1, 1], [1, 14, 1, 1])]) func theNearestFollowsTheQuotient(
        declared: [Int], shape: [Int]
    ) throws {
        let x = try Tensor((0..<14).map { Float($0) }, shape: shape)
        #expect(try run(maker("ResizeNearestNeighbor", declared, [2, 1]), x).array(Float.self) == [0, 7])
        #expect(try run(maker("ResizeNearestNeighbor", declared, [1, 1], ["half_pixel_centers": .bool(true)]), x).array(Float.self) == [7])
    }

    @Test func largeMultiplesAreNoRepetitions() throws {
        let x = try Tensor([3, 8] as [Float], shape: [1, 2, 1, 1])
        let y = try run(maker("ResizeNearestNeighbor", [1, 2, 1, 1], [82, 1]), x).array(Float.self)
        #expect(y[40...42] == [3, 3, 8])
    }

    @Test(arguments: [Tensorflow_DataType.dtHalf, .dtDouble, .dtUint8], ["ResizeBilinear", "ResizeBicubic"])
    func interpolationGivesFloats(type: Tensorflow_DataType, operation: String) throws {
        let model = try maker(operation, [1, 2, 2, 1], [3, 3], [:], type).imported()
        #expect(model.graph.type(model.graph.outputs[0]).elementType == .f32)
    }
}
