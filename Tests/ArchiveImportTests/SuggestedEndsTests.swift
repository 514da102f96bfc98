import ArchiveImport
import Contracts
import Foundation
import Synchronization
import TensorFlowImport
import TestSupport
import Testing

/// The ends that configurations name are taken where the graph has them, in one import.
@Suite struct SuggestedEndsTests {
    /// Counts what it's asked for.
    private final class Counting: ModelImporter {
        let inner = FrozenGraphImporter()
        let imports = Atomic(0)
        var format: SourceFormat { inner.format }

        func recognize(_ source: Source) -> Recognition { inner.recognize(source) }

        func importModel(_ source: Source, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
            imports.add(1, ordering: .relaxed)
            return try inner.importModel(source, options)
        }
    }

    private static let inner = "InitialConv/Conv3D"
    private static let output = "NV_MODEL_OUTPUT"

    private struct Case: Sendable {
        var inputs: [String]
        var outputs: [String]
        /// The graph's input then.
        var input: String
        /// What's noted that the graph hasn't got.
        var missing: String
    }

    private static let cases = [
        Case(inputs: [inner], outputs: [output], input: inner, missing: ""),
        Case(inputs: ["Nowhere"], outputs: [output], input: "NV_MODEL_INPUT", missing: "Nowhere"),
        Case(inputs: [inner], outputs: ["Nowhere"], input: inner, missing: "Nowhere"),
        Case(inputs: [inner, "Nowhere"], outputs: ["No:0"], input: "NV_MODEL_INPUT", missing: "\(inner), Nowhere, No:0"),
        Case(inputs: [], outputs: [], input: "NV_MODEL_INPUT", missing: ""),
    ]

    @Test(arguments: cases.indices) func endsAreTakenTogetherOrNotAtAll(index: Int) throws {
        let example = Self.cases[index]
        try withTemporaryFolder { parent in
            let archive = try ArchiveMaker(parent, "ends")
            try archive.copy("tensorflow/segresnet.pb")
            let nodes = example.inputs.map { JSONValue.Member($0, "image") } + example.outputs.map { JSONValue.Member($0, "model") }
            try archive.write(
                "config/config_aiaa.json",
                [
                    "version": "3", "type": "segmentation",
                    "inference": ["node_mapping": .object(nodes), "args": ["scanning_window": false]],
                ])
            let importer = Counting()
            let model = try ArchiveImporter(importers: [importer]).importModel(path: archive.path)
            #expect(importer.imports.load(ordering: .relaxed) == 1)
            #expect(model.graph.inputs.map { model.graph[$0].name } == [example.input])
            let notes = try #require(model.imaging).notes.filter { $0.contains("its own ends are taken") }
            let expected = "the graph has no \(example.missing), which the configurations name; its own ends are taken"
            #expect(notes == (example.missing.isEmpty ? [] : [expected]))
        }
    }

    @Test func aFormatThatNobodyReadsIsRefused() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            #expect(errorCode { _ = try ArchiveImporter(importers: []).importModel(path: archive.path) } == .unsupported)
        }
    }
}
