import Foundation
import TestSupport
import Testing
import TorchImport

/// State dicts of MONAI's networks in each kind of file, against what MONAI computes.
@Suite struct NetworkTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures/torch").path

    struct Listed: CustomTestStringConvertible {
        var file: String
        var architecture: Architecture
        var testDescription: String { file }
    }

    static func listed() throws -> [Listed] {
        let text = try String(contentsOfFile: "\(folder)/networks.json", encoding: .utf8)
        return try JSONValue(parsing: text).array().map { json in
            Listed(
                file: try json.member("file").string(),
                architecture: .network(name: try json.member("network").string(), arguments: try json.member("arguments").members()))
        }
    }

    @Test(arguments: try! listed())
    func computesWhatMONAIComputes(network: Listed) throws {
        let path = "\(Self.folder)/\(network.file)"
        let model = try TorchImporter().importModel(path: path, options: ImportOptions(architecture: network.architecture))
        let stem = network.file.split(separator: ".")[0]
        let arrays = Dictionary(uniqueKeysWithValues: try NPZ.read("\(Self.folder)/\(stem).npz").map { ($0.name, $0.tensor) })
        let results = try model.graph.evaluateReference(["input": try #require(arrays["input"])])
        let result = try #require(results["output"])
        let reference = try #require(arrays["output"])
        try #require(result.shape == reference.shape)
        let comparison = try TensorComparison(result, reference: reference)
        #expect(
            comparison.passes(Tolerance(name: "import", absolute: 1e-6, relativeToMaximum: 1e-5)),
            "off by \(comparison.maximumAbsoluteError)")
    }
}
