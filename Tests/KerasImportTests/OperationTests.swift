import KerasImport
import TestSupport
import Testing

/// Operations and layers whose arguments decide what they are.
@Suite struct OperationTests {
    private typealias M = ModelMaker

    @Test func noClassHasTwoRules() { #expect(LayerRules.duplicates == []) }

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
            #expect((0..<9).map { result.elements(Float.self)[$0] } == expected)
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
            #expect((0..<4).map { result.elements(Float.self)[$0] } == expected)
        }
    }

    /// An operation of Keras 3 on a tensor of integers [3] and a number.
    private func operation(_ name: String, _ number: JSONValue) -> JSONValue {
        let tensor: JSONValue = ["class_name": "__keras_tensor__", "config": ["keras_history": ["x", 0, 0], "dtype": "int32"]]
        let input: JSONValue = [
            "module": "keras.layers", "class_name": "InputLayer", "name": "x", "inbound_nodes": [],
            "config": ["name": "x", "batch_shape": [.null, 3], "dtype": "int32"],
        ]
        let layer: JSONValue = [
            "module": "keras.src.ops.numpy", "class_name": .string(name), "name": "layer", "config": ["name": "layer"],
            "inbound_nodes": [["args": [tensor, number], "kwargs": [:]]],
        ]
        return [
            "module": "keras.src.models.functional", "class_name": "Functional", "keras_version": "3.4.0",
            "config": ["name": "made", "layers": [input, layer], "input_layers": ["x", 0, 0], "output_layers": ["layer", 0, 0]],
        ]
    }

    /// Keras 3 takes a fraction, and any quotient, in floats.
    @Test func integersBesideNumbersAreAsKerasTakesThem() throws {
        let x = try Tensor([1, 4, 7] as [Int32], shape: [1, 3])
        for (name, number, expected) in [
            ("Multiply", 2.5, [2.5, 10, 17.5]), ("Divide", 2, [0.5, 2, 3.5]), ("Maximum", 4.5, [4.5, 4.5, 7]),
        ] as [(String, JSONValue, [Float])] {
            let result = try #require(try M.importing(operation(name, number)).graph.evaluateReference(["x": x])["layer"])
            try #require(result.elementType == .f32, "\(name)")
            #expect((0..<3).map { result.elements(Float.self)[$0] } == expected, "\(name)")
        }
        for (name, expected) in [("Add", [3, 6, 9]), ("FloorDivide", [0, 2, 3])] as [(String, [Int32])] {
            let result = try #require(try M.importing(operation(name, 2)).graph.evaluateReference(["x": x])["layer"])
            try #require(result.elementType == .i32, "\(name)")
            #expect((0..<3).map { result.elements(Int32.self)[$0] } == expected, "\(name)")
        }
    }

    /// Whether an image is cut or resized hangs on its size.
    @Test func cropsOfImagesOfOpenSizeAreRefused() throws {
        let crop: JSONValue = ["height": 2, "width": 2]
        #expect(M.error(M.single("CenterCrop", crop, shape: [4, 4, 2])) == nil)
        let error = try #require(M.error(M.single("CenterCrop", crop, shape: [4, .null, 2])))
        #expect(error.code == .unsupported && error.message.contains("open size"))
    }
}
