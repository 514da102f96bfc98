import Foundation
import KerasImport
import TestSupport
import Testing

/// Models saved by Keras 1.2, 2 and 3, against the results Keras gave.
@Suite struct FixtureTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures/keras").path

    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter {
            ($0.hasSuffix(".h5") || $0.hasSuffix(".keras")) && !$0.contains("apart") && !$0.contains("unnamed")
                && !$0.contains("operation_layers")
        }.sorted()

    static func arrays(_ name: String) throws -> [String: Tensor] {
        Dictionary(try NPZ.read("\(folder)/\(name).npz").map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
    }

    /// Runs the model on the arrays and compares every output with the one of its name.
    static func compare(_ model: ImportedModel, _ arrays: [String: Tensor], relative: Double = 1e-5) throws {
        try model.graph.verify()
        let inputs = Set(model.graph.inputs.map { model.graph[$0].name })
        let results = try model.graph.evaluateReference(arrays.filter { inputs.contains($0.key) })
        #expect(Set(results.keys) == Set(arrays.keys).subtracting(inputs))
        for (name, result) in results.sorted(by: { $0.key < $1.key }) {
            guard let reference = arrays[name] else { continue }
            #expect(result.elementType == reference.elementType, "\(name)")
            guard result.shape == reference.shape else {
                Issue.record("\(name) is \(result.shape), not \(reference.shape)")
                continue
            }
            let comparison = try TensorComparison(result, reference: reference)
            let tolerance = Tolerance(name: "import", absolute: 1e-6, relativeToMaximum: relative)
            #expect(comparison.passes(tolerance), "\(name) is off by \(comparison.maximumAbsoluteError)")
        }
    }

    @Test(arguments: names)
    func matchesKeras(name: String) throws {
        let model = try KerasImporter().importModel(path: "\(Self.folder)/\(name)")
        try Self.compare(model, Self.arrays((name as NSString).deletingPathExtension))
    }
}
