import Foundation
import TensorFlowImport
import TestSupport
import Testing

/// Frozen graphs made by TensorFlow, against the results TensorFlow gave.
@Suite struct FixtureTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures/tensorflow").path

    static let names = [
        "anisotropic", "branches", "densenet", "dilated", "loops_v1", "loops_v2", "operations", "operations_cells", "operations_images",
        "operations_indices",
        "segresnet", "unet2d", "unet3d",
    ]
    /// Graphs whose results have shapes that depend on what's in the inputs.
    static let valueDependent = ["operations_values"]

    private func arrays(_ name: String) throws -> [String: Tensor] {
        Dictionary(try NPZ.read("\(Self.folder)/\(name).npz").map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
    }

    private func model(_ name: String, _ arrays: [String: Tensor]) throws -> ImportedModel {
        let cases = arrays.keys.filter { $0.hasPrefix("case_") }.sorted()
        return try FrozenGraphImporter().importModel(
            path: "\(Self.folder)/\(name).pb", options: ImportOptions(outputs: cases))
    }

    private func compare(_ results: [String: Tensor], _ arrays: [String: Tensor]) throws {
        for (name, result) in results.sorted(by: { $0.key < $1.key }) {
            let reference = try #require(arrays[name], "no reference for \(name)")
            #expect(result.elementType == reference.elementType, "\(name)")
            try #require(result.shape == reference.shape, "\(name)")
            let comparison = try TensorComparison(result, reference: reference)
            let tolerance = Tolerance(name: "import", absolute: 1e-6, relativeToMaximum: 1e-5)
            #expect(comparison.passes(tolerance), "\(name) is off by \(comparison.maximumAbsoluteError)")
        }
    }

    @Test(arguments: names + valueDependent)
    func matchesTensorFlow(name: String) throws {
        let arrays = try arrays(name)
        let model = try model(name, arrays)
        try model.graph.verify()
        let results = try model.graph.evaluateReference(arrays)
        #expect(!results.isEmpty)
        try compare(results, arrays)
    }

    @Test(arguments: names)
    func bindingInputsSettlesEveryShape(name: String) throws {
        let arrays = try arrays(name)
        var graph = try model(name, arrays).graph
        var shapes: [String: [Int]] = [:]
        for input in graph.inputs { shapes[graph[input].name] = try #require(arrays[graph[input].name]).shape }
        try graph.specialize(inputShapes: shapes)
        for node in graph.nodeIDs where !dependsOnValues(graph, node) {
            for output in graph[node].outputs {
                #expect(graph.type(output).fixedShape != nil, "\(graph[output].name): \(graph.type(output))")
            }
        }
        try compare(graph.evaluateReference(arrays), arrays)
    }

    /// Whether the shape of what a node makes depends on the values of its inputs.
    private func dependsOnValues(_ graph: Graph, _ node: NodeID) -> Bool {
        var stack = [node]
        var seen: Set<NodeID> = []
        while let next = stack.popLast() {
            guard seen.insert(next).inserted else { continue }
            if Swift.type(of: graph[next].op).id == "NonZero" { return true }
            stack += graph[next].inputs.compactMap { $0.flatMap { graph.producer($0) } }
        }
        return false
    }

    @Test(arguments: ["segresnet", "unet2d", "unet3d", "anisotropic"])
    func nothingOfTheConditionsIsLeft(name: String) throws {
        let model = try model(name, arrays(name))
        #expect(model.notes == ["NV_IS_TRAINING is fixed to false"])
        #expect(model.inputNames.count == 1)
        #expect(!model.graph.valueIDs.contains { model.graph[$0].name.contains("Switch") })
    }

    @Test func shapesWithAFreeBatchAloneVanish() throws {
        let operators = try model("unet2d", arrays("unet2d")).operators
        for left in ["ShapeOf", "Slice", "Gather", "Concat", "Cast"] {
            #expect(!operators.contains(left) || left == "Concat", "\(left)")
        }
        #expect(operators.filter { $0 == "Concat" }.count == 2)
    }
}
