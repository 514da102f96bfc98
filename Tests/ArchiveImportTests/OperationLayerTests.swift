import Foundation
import GraphIR
import ImportSupport
import KerasImport
import TensorFlowImport
import TestSupport
import Testing

/// TensorFlow nodes in Keras models, imported by TensorFlow's rules.
@Suite struct OperationLayerTests {
    private static let stem = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures/keras/k2_operation_layers").path

    /// A model of TensorFlow 2.3 with fifteen functions, against its own results.
    @Test func nodesOfTensorFlowAreImported() throws {
        let model = try KerasImporter(operations: TensorFlowOperation.fragment).importModel(path: Self.stem + ".h5")
        let arrays = Dictionary(try NPZ.read(Self.stem + ".npz").map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
        let results = try model.graph.evaluateReference(arrays.filter { ["x", "y"].contains($0.key) })
        #expect(results.count == 15 && Set(results.keys).union(["x", "y"]) == Set(arrays.keys))
        for (name, result) in results {
            let expected = try #require(arrays[name])
            let comparison = try TensorComparison(result, reference: expected)
            #expect(comparison.passes(Tolerance(name: "import", absolute: 1e-6, relativeToMaximum: 1e-5)), "\(name)")
        }
    }

    /// Without TensorFlow's rules they're refused by name.
    @Test func nodesAreRefusedWithoutRules() {
        #expect(errorCode { _ = try KerasImporter().importModel(path: Self.stem + ".h5") } == .unsupported)
    }

    @Test func nodesAreReadInEachForm() throws {
        let inputs = [FragmentInput.value(TensorType(.f32, fixed: [2, 3])), .value(TensorType(.f32, fixed: [2, 3]))]
        let json: JSONValue = [
            "name": "sum", "op": "AddV2", "input": ["a", "b"], "attr": ["T": ["type": "DT_FLOAT"], "unknown": ["x": 1]],
        ]
        // The same as the text of its JSON and as the message's bytes.
        let bytes = "\n\u{3}sum\u{12}\u{5}AddV2\u{1A}\u{1}a\u{1A}\u{1}b"
        for form in [json, .string(json.text()), .string(bytes)] {
            let graph = try TensorFlowOperation.fragment(form, inputs)
            #expect(graph.outputs.map { graph.type($0).description } == ["f32[2×3]"])
        }
        #expect(errorCode { _ = try TensorFlowOperation.fragment("nonsense", inputs) } == .malformed)
        #expect(errorCode { _ = try TensorFlowOperation.fragment(["op": "PyFunc"], inputs) } == .unsupported)
    }
}
