import Metrics
import TestSupport
import Testing

@Suite struct OverlapTests {
    static let prediction: [UInt8] = [0, 1, 1, 2, 2, 2, 0, 3]
    static let reference: [UInt8] = [0, 1, 2, 2, 2, 0, 1, 0]

    @Test(arguments: [ElementType.u8, .i8, .u16, .i16, .i32, .u32, .i64, .u64, .f32, .f64, .f16])
    func countsAreTheSameForEveryElementType(type: ElementType) throws {
        let a = try Tensor(Self.prediction, shape: [2, 4]).converted(to: type)
        let b = try Tensor(Self.reference, shape: [2, 4])
        let counts = try OverlapCounts.count(prediction: a, reference: b, labels: [1, 2, 3, 9])
        #expect(
            counts == [
                OverlapCounts(truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 5),
                OverlapCounts(truePositives: 2, falsePositives: 1, falseNegatives: 1, trueNegatives: 4),
                OverlapCounts(truePositives: 0, falsePositives: 1, falseNegatives: 0, trueNegatives: 7),
                OverlapCounts(truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 8),
            ])
        for (label, wanted) in zip([1, 2, 3], counts) {
            #expect(try OverlapCounts(prediction: Mask(a, label: label), reference: Mask(b, label: label)) == wanted)
        }
    }

    @Test func volumesThatDontFitAreRefused() throws {
        let a = try Tensor(Self.prediction, shape: [2, 4])
        let b = try Tensor(Self.reference, shape: [4, 2])
        #expect(errorCode { _ = try OverlapCounts.count(prediction: a, reference: b, labels: [1]) } == .invalidGraph)
        #expect(errorCode { _ = try OverlapCounts(prediction: Mask(a, label: 1), reference: Mask(b, label: 1)) } == .invalidGraph)
        #expect(errorCode { _ = try OverlapCounts.count(prediction: a, reference: a, labels: [1, 1]) } == .usage)
        #expect(errorCode { _ = try OverlapCounts.count(prediction: a, reference: a, labels: [-1]) } == .usage)
        #expect(errorCode { _ = try Mask(Tensor([1, 2] as [Float]), label: 1) } == .invalidGraph)
    }

    @Test(arguments: [0.5, Float.nan, .infinity]) func labelsThatArentWholeAreRefused(value: Float) throws {
        #expect(errorCode { _ = try Mask(Tensor([1, value], shape: [1, 2]), label: 1) } == .malformed)
    }

    /// What scaling slopes and other programs' arithmetic leave of whole numbers, and what's no whole number at all.
    @Test func labelsWithinRoundingOfWholeNumbersAreThose() throws {
        let stored = try Tensor([1.0000001, 1.0000152, 0.9995, 2.0009, -0.0004, 0] as [Float], shape: [2, 3])
        #expect(try Mask(stored, label: 1).voxels == [1, 1, 1, 0, 0, 0])
        #expect(try Mask(stored, labels: [1, 2]).count == 4)
        #expect(try stored.labelValues() == [0, 1, 2])
        #expect(try stored.wholeNumbers().array(Float.self) == [1, 1, 1, 2, 0, 0])
        #expect(try Mask(Tensor([1.0000000001, 2], shape: [1, 2]), label: 1).count == 1)
        for value in [Float(0.5), 1.002, .nan, .infinity] {
            #expect(errorCode { _ = try Tensor([value, 1]).wholeNumbers() } == .malformed)
        }
        #expect(errorCode { _ = try Tensor([Float(-1)]).labelValues() } == .malformed)
        #expect(errorCode { _ = try Tensor([Int32(70_000)]).labelValues() } == .malformed)
    }

    @Test func nothingIsAboveAThresholdThatIsntANumber() throws {
        #expect(try Mask(Tensor([0.6, 0.4, .nan, 0.5] as [Float], shape: [2, 2]), above: 0.5).count == 1)
    }

    /// Rules by both empty, reference empty, prediction empty, half found.
    @Test(arguments: [
        (EmptyMaskRule.monai, [Double.nan, .nan, 0, 2.0 / 3]), (.nnunet, [.nan, 0, 0, 2.0 / 3]), (.metricsReloaded, [1, 0, 0, 2.0 / 3]),
    ]) func emptyMasks(rule: EmptyMaskRule, wanted: [Double]) {
        let counts = [(0, 0, 0), (0, 3, 0), (0, 0, 3), (1, 0, 1)].map {
            OverlapCounts(truePositives: $0.0, falsePositives: $0.1, falseNegatives: $0.2, trueNegatives: 4)
        }
        for (count, value) in zip(counts, wanted) {
            let dice = Dice.value(count, emptyMasks: rule)
            let iou = IntersectionOverUnion.value(count, emptyMasks: rule)
            #expect(dice == value || dice.isNaN && value.isNaN)
            #expect(iou.isNaN == value.isNaN)
            if !iou.isNaN { #expect(abs(iou - value / (2 - value)) < 1e-15) }
        }
    }

    @Test func overlapOfHalves() throws {
        let prediction = try Tensor([0.9, 0.8, 0.1, 0.2] as [Float])
        let mask = try Tensor([1, 0, 1, 0] as [UInt8])
        #expect(try Dice.overlap(prediction, above: 0.5, mask: mask) == 0.5)
        #expect(try Dice.overlap(prediction, above: 0.95, mask: Tensor([0, 0, 0, 0] as [UInt8])) == 1)
        #expect(errorCode { _ = try Dice.overlap(prediction, above: 0.5, mask: Tensor([1] as [UInt8])) } == .verificationFailed)
        #expect(errorCode { _ = try Dice.overlap(Tensor([0.9, .nan, 0, 0] as [Float]), above: 0.5, mask: mask) } == .verificationFailed)
    }

    @Test func structuresOfACase() throws {
        let a = try Tensor([1, 1, 0, 0, 2, 0, 0, 0] as [UInt8], shape: [2, 2, 2])
        let b = try Tensor([1, 0, 0, 0, 2, 0, 0, 0] as [Int16], shape: [2, 2, 2])
        let settings = MetricSettings(emptyMasks: .monai, hausdorff: .monai, surfaceTolerance: 1)
        let found = try StructureMetrics.of(prediction: a, reference: b, labels: [1, 2], spacing: [2, 3, 5], settings: settings)
        #expect(found.map(\.dice) == [2.0 / 3, 1])
        #expect(found.map(\.iou) == [0.5, 1])
        #expect(found.map(\.predictedVolume) == [0.06, 0.03])
        #expect(found.map(\.referenceVolume) == [0.03, 0.03])
        #expect(abs((found[0].hausdorff ?? 0) - 4.75) < 1e-6)
        #expect(found[1].hausdorff == 0)
        #expect(found[1].surfaceDice == 1)
        #expect(MetricSettings().hausdorff == nil)
    }
}
