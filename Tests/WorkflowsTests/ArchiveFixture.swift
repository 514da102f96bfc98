import Bytes
import Engine
import Foundation
import GraphIR
import Inspection
import Tensors
import Testing
import Workflows

/// An archive in Clara Train's layout among the fixtures, with what TensorFlow gave for it.
struct ArchiveFixture {
    /// Below `fixtures/`.
    let path: String
    var options = ImportOptions()

    static func names(in folder: String) -> [String] {
        try! FileManager.default.contentsOfDirectory(atPath: Project.fixture(folder)).filter { !$0.hasPrefix(".") }.sorted()
    }

    var folder: String { Project.fixture(path) }

    /// The optimised model of one of its files, or of the archive.
    func model(_ file: String? = nil) throws -> Model {
        try Model.open(file.map { "\(folder)/models/\($0)" } ?? folder, options: options).optimized().model
    }

    /// Holds every output to TensorFlow's.
    func compare(_ model: Model) throws {
        let arrays = Dictionary(try NPZ.read("\(folder)/reference.npz").map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
        let inputs = arrays.filter { model.inputNames.contains($0.key) }
        let results = try model.session(for: inputs).run(inputs)
        #expect(results.count == 1)
        for (output, result) in results {
            let reference = try #require(arrays[output])
            try #require(result.shape == reference.shape)
            let comparison = try TensorComparison(result, reference: reference)
            #expect(comparison.maximumAbsoluteError < 2e-5, "\(path): \(comparison.maximumAbsoluteError)")
        }
    }

    /// The frozen graph and the checkpoint must give one network, bit for bit.
    func compareCheckpoint() throws {
        let frozen = try model("model.fzn.pb").graph
        let restored = try model("model.ckpt.meta").graph
        let difference = try GraphDifference(frozen, restored)
        #expect(
            difference.isEmpty, "\(difference.onlyInFirst) \(difference.onlyInSecond) \(difference.changed.map { ($0.name, $0.changes) })")
        let first = frozen.weights
        let second = restored.weights
        try #require(first.map { $0.0 } == second.map { $0.0 })
        for ((weight, a), (_, b)) in zip(first, second) { #expect(a.isIdentical(to: b), "\(weight)") }
    }
}

extension Graph {
    var weights: [(String, Tensor)] {
        valueIDs.compactMap { value in constant(value).map { (self[value].name, $0) } }.sorted { $0.0 < $1.0 }
    }
}
