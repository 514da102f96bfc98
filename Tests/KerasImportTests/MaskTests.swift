import KerasImport
import TestSupport
import Testing

/// Masks that can't be followed are refused; those that can are in the fixtures.
@Suite struct MaskTests {
    private typealias M = ModelMaker

    /// A layer behind one that masks steps of an input [6, 4].
    private func behindMasking(_ className: String, _ config: JSONValue, named name: String = "layer") -> JSONValue {
        let layers = [
            M.input("x", [6, 4]), M.layer("Masking", "masked", ["mask_value": 0]),
            M.layer(className, name, config, from: [[["masked", 0, 0, [:]]]]),
        ]
        return M.model(layers, outputs: [[.string(name), 0, 0]], keras: "2.15.0")
    }

    @Test func layersOfCuDNNTakeNoMask() throws {
        // A file that has weights for it.
        let weights = "\(FixtureTests.folder)/k2_cudnn.h5"
        let error = try #require(M.error(behindMasking("CuDNNLSTM", ["units": 4], named: "lstm"), weights: weights))
        #expect(error.code == .unsupported && error.message.contains("mask"))
    }

    @Test func cellsOfOthersAreRefused() throws {
        let cell: JSONValue = ["class_name": "Mine>LSTMCell", "config": ["units": 3]]
        let error = try #require(M.error(M.single("RNN", ["cell": cell], shape: [6, 4])))
        #expect(error.code == .unsupported && error.message.contains("Mine>LSTMCell"))
        let turned: JSONValue = [
            "class_name": "StackedRNNCells", "config": ["cells": [], "reverse_state_order": true],
        ]
        #expect(M.error(M.single("RNN", ["cell": turned], shape: [6, 4]))?.code == .unsupported)
        #expect(M.error(M.single("RNN", [:], shape: [6, 4]))?.code == .malformed)
    }

    /// Steps whose features all have the value are zero; the mean leaves them out.
    @Test func meansLeaveMaskedStepsOut() throws {
        let graph = try M.importing(behindMasking("GlobalAveragePooling1D", [:])).graph
        var values = [Float](repeating: 0, count: 24)
        for feature in 0..<4 {
            values[4 + feature] = Float(feature)
            values[16 + feature] = 3
        }
        let x = try Tensor(values, shape: [1, 6, 4])
        let result = try #require(try graph.evaluateReference(["x": x])["layer"])
        #expect((0..<4).map { result.elements(Float.self)[$0] } == [1.5, 2, 2.5, 3])
    }

    /// What doesn't know masks drops them, and a layer behind it reads every step.
    @Test func layersWithoutMasksDropThem() throws {
        let layers = [
            M.input("x", [6, 4]), M.layer("Masking", "masked"),
            M.layer("Permute", "same", ["dims": [1, 2]], from: [[["masked", 0, 0, [:]]]]),
            M.layer("GlobalAveragePooling1D", "layer", from: [[["same", 0, 0, [:]]]]),
        ]
        let graph = try M.importing(M.model(layers, outputs: [["layer", 0, 0]], keras: "2.15.0")).graph
        let x = try Tensor([Float](repeating: 0, count: 12) + [Float](repeating: 1, count: 12), shape: [1, 6, 4])
        let result = try #require(try graph.evaluateReference(["x": x])["layer"])
        #expect(result.elements(Float.self)[0] == 0.5)
    }

    @Test func settingsOfAttentionThatAreNotReadAreRefused() {
        for setting in ["use_gate", "sliding_window"] {
            let config: JSONValue = .object([
                JSONValue.Member("num_heads", 2), JSONValue.Member("key_dim", 3),
                JSONValue.Member(setting, setting == "use_gate" ? true : 2),
            ])
            let layers = [
                M.input("x", [6, 4]), M.layer("MultiHeadAttention", "layer", config, from: [[["x", 0, 0, ["value": ["x", 0, 0]]]]]),
            ]
            #expect(M.error(M.model(layers, outputs: [["layer", 0, 0]], keras: "2.15.0"))?.code == .unsupported)
        }
    }
}
