import Bytes
import Foundation
import Imaging
import Metrics
import Tensors
import TestSupport
import Testing
import Workflows

/// Regions, voxels to be ignored and values without a name, held to nnU-Net 2's `compute_metrics` (2.8.1).
@Suite struct LabelMeaningTests {
    /// The generator the expected counts were made with.
    private static func values(_ seed: Int, _ count: Int, below: Int) -> [Int] {
        var state = seed
        return (0..<count).map { _ in
            state = (state * 1_103_515_245 + 12345) % (1 << 31)
            return (state >> 16) % below
        }
    }

    private static func volume(_ values: [Int], channels: Int = 1) throws -> Volume {
        try Volume(Tensor(values.map { Float($0) }, shape: [channels, 5, 4, 3]))
    }

    private static let regions: [EvaluationRun.Structure] = [
        .init(index: 0, name: "whole", values: [1, 2, 3], key: "(1, 2, 3)"), .init(index: 1, name: "core", values: [2, 3], key: "(2, 3)"),
        .init(index: 2, name: "rim", values: [3], key: "3"),
    ]
    private static let reference = values(7, 60, below: 5)

    private static func counts(_ prediction: Volume, _ labels: LabelMeaning, ignoring value: Int?) throws -> [[Int]] {
        let masks = CaseMasks(structures: regions, labels: labels)
        let truth = try volume(reference)
        let ignored = try value.map { try Mask(truth.tensor.reshaped([5, 4, 3]), label: $0) }
        let pairs = try zip(masks.prediction(prediction), masks.reference(truth))
        return try pairs.map { mask, truth in
            let metrics = try StructureMetrics(
                prediction: mask, reference: truth, ignored: ignored, spacing: [1, 1, 1], settings: MetricSettings())
            let counts = metrics.counts
            return [counts.truePositives, counts.falsePositives, counts.falseNegatives, counts.trueNegatives]
        }
    }

    @Test func regionsAndIgnoredVoxelsAreScoredAsByNNUNet() throws {
        let prediction = try Self.volume(Self.values(11, 60, below: 4))
        let labels = LabelMeaning(ignored: 4, prediction: [0, 1, 2, 3])
        #expect(try Self.counts(prediction, labels, ignoring: 4) == [[23, 12, 6, 4], [11, 12, 11, 11], [5, 5, 11, 24]])
        #expect(try Self.counts(prediction, labels, ignoring: nil)[0] == [23, 22, 6, 9])
    }

    @Test func channelsBecomeLabelsInTheListsOrder() throws {
        let prediction = try Self.volume(Self.values(3, 180, below: 100).map { $0 > 50 ? 1 : 0 }, channels: 3)
        let labels = LabelMeaning(ignored: 4, channels: [0, 1, 2], classOrder: [1, 2, 3])
        #expect(try Self.counts(prediction, labels, ignoring: 4) == [[26, 13, 3, 3], [18, 17, 4, 6], [7, 12, 9, 17]])
        for unclear in [LabelMeaning(), LabelMeaning(channels: [0, 1, 2]), LabelMeaning(channels: [0, 1], classOrder: [1, 2])] {
            #expect(errorCode { _ = try CaseMasks(structures: Self.regions, labels: unclear).prediction(prediction) } == .unsupported)
        }
    }

    @Test(arguments: [
        ([0, 255], [0, 1], "255 is 1"), ([0, 2, 3], [0, 1, 2], "2 is 1, 3 is 2"), ([0, 1, 7], [0, 1, 2], "the value 7"),
        ([0, 1, 2, 5, 6, 7], [0, 1, 2], "Add the values"),
    ])
    func valuesWithoutANameAreAnError(_ values: [Int], _ named: [Int], _ words: String) throws {
        let error = try #require(throws: OsteonError.self) { try LabelMeaning(reference: named).check(reference: values) }
        #expect(error.code == .unsupported && error.message.contains(words), "\(error.message)")
        #expect(throws: OsteonError.self) { try LabelMeaning(prediction: named).check(prediction: values) }
        try LabelMeaning(reference: values).check(reference: values)
        try LabelMeaning().check(reference: values)
    }

    @Test func surfacesLeaveIgnoredVoxelsOut() throws {
        // A rod of 1s, the prediction's longer by what nobody annotated.
        let truth = try Mask(shape: [1, 1, 8], voxels: [true, true, true, true, false, false, false, false])
        let mask = try Mask(shape: [1, 1, 8], voxels: [true, true, true, true, true, true, true, false])
        let ignored = try Mask(shape: [1, 1, 8], voxels: [false, false, false, false, true, true, true, true])
        let settings = MetricSettings(hausdorff: .monai, surfaceTolerance: 0.5)
        let all = try StructureMetrics(prediction: mask, reference: truth, spacing: [1, 1, 1], settings: settings)
        let counted = try StructureMetrics(prediction: mask, reference: truth, ignored: ignored, spacing: [1, 1, 1], settings: settings)
        #expect(all.hausdorff.map { $0 > 2 } == true && counted.hausdorff == 0)
        #expect(counted.dice == 1 && counted.surfaceDice == 1 && counted.counts.trueNegatives == 0)
    }
}
