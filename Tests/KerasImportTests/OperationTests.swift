import KerasImport
import TestSupport
import Testing

/// Operations and layers whose arguments decide what they are.
@Suite struct OperationTests {
    private typealias M = ModelMaker

    private func function(_ name: String, _ arguments: JSONValue) -> JSONValue {
        M.model(
            [M.input("x", [3, 3]), M.layer("TFOpLambda", "layer", ["function": .string(name)], from: [["x", 0, 0, arguments]])],
            outputs: [["layer", 0, 0]])
    }

    /// Leaving an argument out would be another network.
    @Test func argumentsThatAreNotReadAreRefused() throws {
        let error = try #require(M.error(function("linalg.matmul", ["b": ["x", 0, 0], "a_is_sparse": true])))
        #expect(error.code == .unsupported && error.message.contains("a_is_sparse"))
        #expect(M.error(function("math.reduce_mean", ["axis": 1, "weights": 2]))?.code == .unsupported)
        #expect(M.error(function("linalg.matmul", ["b": ["x", 0, 0], "a_is_sparse": false, "name": .null])) == nil)
    }

    @Test func productsAreTurnedAsTold() throws {
        let x = try Tensor((0..<9).map { Float($0) }, shape: [1, 3, 3])
        for (arguments, expected) in [
            (["b": ["x", 0, 0]], [15, 18, 21, 42, 54, 66, 69, 90, 111]),
            (["b": ["x", 0, 0], "transpose_b": true], [5, 14, 23, 14, 50, 86, 23, 86, 149]),
            (["b": ["x", 0, 0], "transpose_a": true], [45, 54, 63, 54, 66, 78, 63, 78, 93]),
        ] as [(JSONValue, [Float])] {
            let graph = try M.importing(function("linalg.matmul", arguments)).graph
            let result = try #require(try graph.evaluateReference(["x": x])["layer"])
            #expect((0..<9).map { result.unsafeElements(Float.self)[$0] } == expected)
        }
    }

    /// TensorFlow Addons' layer adds its branch to a shortcut, weighted; that of Keras' networks has no shortcut.
    @Test func stochasticDepthKeepsItsBranchInShare() throws {
        let x = try Tensor([-2, -1, 3, 4] as [Float], shape: [1, 4])
        for (calls, expected) in [
            ([[["x", 0, 0, [:]], ["a", 0, 0, [:]]]], [-2, -1, 5.25, 7]), ([[["a", 0, 0, [:]]]], [0, 0, 3, 4]),
        ] as [([JSONValue], [Float])] {
            let layers = [
                M.input("x", [4]), M.layer("ReLU", "a"),
                M.layer("Addons>StochasticDepth", "depth", ["survival_probability": 0.75], from: calls),
            ]
            let graph = try M.importing(M.model(layers, outputs: [["depth", 0, 0]])).graph
            let result = try #require(try graph.evaluateReference(["x": x])["depth"])
            #expect((0..<4).map { result.unsafeElements(Float.self)[$0] } == expected)
        }
    }
}
