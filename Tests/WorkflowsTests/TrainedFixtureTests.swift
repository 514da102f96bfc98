import Bytes
import Contracts
import Foundation
import Imaging
import Tensors
import Testing
import Workflows

/// Archives whose networks TensorFlow trained: what they compute, and what their configurations say for segmenting and classifying.
@Suite struct TrainedFixtureTests {
    static let names = ArchiveFixture.names(in: "trained")

    @Test(arguments: names) func bothWaysIntoTheNetworkMatchTensorFlow(name: String) throws {
        let archive = ArchiveFixture(path: "trained/\(name)")
        try archive.compare(archive.model())
        try archive.compareCheckpoint()
    }

    @Test(
        arguments: [
            ("segmentation_mri_hippocampus", ["LoadNifti", "ConvertToChannelsFirst", "NormalizeNonzeroIntensities"], [48, 64, 48], 38),
            ("segmentation_phantoms", ["LoadNifti", "ConvertToChannelsFirst", "ScaleIntensityRange"], [32, 32, 32], 8),
            (
                "classification_chestxray", ["LoadPng", "ConvertToChannelsLast", "RepeatChannel", "ScaleToShape", "ScaleIntensityRange"],
                nil, 30
            ),
        ] as [(String, [String], [Int]?, Int)])
    func theConfigurationSaysHowItWasTrained(name: String, steps: [String], window: [Int]?, cases: Int) throws {
        let contract = try #require(ArchiveFixture(path: "trained/\(name)").model().imaging)
        #expect(contract.preprocessing.map(\.name) == steps)
        #expect(contract.window?.region == window)
        #expect(contract.datasets.first?.lists.first { $0.name == "validation" }?.count == cases)
        for pipeline in contract.pipelines { #expect(pipeline.preprocessing.map(\.name) == steps, "\(pipeline.source)") }
    }

    /// What TensorFlow reached, against what the archive is documented to reach.
    @Test func theHippocampusReachesItsCard() throws {
        let archive = ArchiveFixture(path: "trained/segmentation_mri_hippocampus")
        let summary = try evaluation(archive, "summary")
        let targets = try #require(archive.model().imaging?.documentation?.targets)
        #expect(targets.count >= 2)
        for target in targets {
            let reached =
                try target.label.map { try summary.member("mean").member("\($0)").member("Dice") }
                ?? summary.member("foreground_mean").member("Dice")
            #expect(try reached.double() >= target.value, "\(target.name)")
        }
    }

    /// Phantoms drawn here, segmented from their files: TensorFlow's Dice to a few voxels.
    @Test func phantomsAreSegmentedAsByTensorFlow() throws {
        let archive = ArchiveFixture(path: "trained/segmentation_phantoms")
        let scratch = try Scratch()
        let command = try Command.run("phantom", "-o", scratch.file("data"), "--cases", "2", "--training", "0")
        try #require(command.status == 0, "\(command.errors)")
        let cases = try DataList.read("\(scratch.file("data"))/dataset_0.json").cases("validation")
        let reached = try evaluation(archive, "summary").member("metric_per_case").array()
        let segmentation = try ModelSegmentation(archive.model())
        try #require(cases.count == 2 && reached.count == 8)
        for (item, reached) in zip(cases, reached) {
            guard case .file(let path) = item.reference else {
                Issue.record("\(item.name) has no label map")
                continue
            }
            let mask = try segmentation.run(item.images).mask
            let label = try VolumeFile.read(path)
            try #require(mask.extents == label.extents)
            for value in 1...2 {
                let dice = try Self.dice(mask.tensor, try label.tensor.converted(to: .u8), UInt8(value))
                #expect(
                    try abs(dice - reached.member("metrics").member("\(value)").member("Dice").double()) < 5e-4, "\(item.name) \(value)")
            }
        }
    }

    @Test func imagesAreClassifiedAsByTensorFlow() throws {
        let archive = ArchiveFixture(path: "trained/classification_chestxray")
        let classification = try ModelClassification(archive.model())
        for item in try evaluation(archive, "auc").member("cases").array().prefix(4) {
            let expected = try item.list("probabilities") { (value) throws(OsteonError) in try value.double() }
            let scores = try classification.run(["\(archive.folder)/\(item.member("image").string())"]).scores
            try #require(scores.count == 15 && expected.count == 15)
            for (score, probability) in zip(scores, expected) { #expect(abs(score.value - probability) < 1e-4, "\(score.label.name)") }
        }
    }

    private func evaluation(_ archive: ArchiveFixture, _ name: String) throws -> JSONValue {
        try JSONValue(parsing: String(contentsOfFile: "\(archive.folder)/eval/\(name).json", encoding: .utf8))
    }

    private static func dice(_ a: Tensor, _ b: Tensor, _ value: UInt8) throws -> Double {
        let a = try a.array(UInt8.self)
        let b = try b.array(UInt8.self)
        let both = zip(a, b).count { $0 == value && $1 == value }
        return 2 * Double(both) / Double(a.count { $0 == value } + b.count { $0 == value })
    }
}
