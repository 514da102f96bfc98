import Foundation
import TestSupport
import Testing

@Suite struct TensorComparisonTests {
    @Test func measuresKnownDifferences() throws {
        let result = try Tensor([Float(1), 2.5, -4])
        let reference = try Tensor([Float(1), 2, -4])
        let comparison = try TensorComparison(result, reference: reference, counting: .approximate)
        #expect(comparison.maximumAbsoluteError == 0.5)
        #expect(comparison.worstIndex == 1)
        #expect(comparison.maximumRelativeToMaximum == 0.125)
        #expect(abs(comparison.meanAbsoluteError - 0.5 / 3) < 1e-15)
        #expect(abs(comparison.cosine - 22 / (23.25.squareRoot() * 21.0.squareRoot())) < 1e-15)
        #expect(abs(comparison.signalToNoiseDecibels - 10 * log10(21 / 0.25)) < 1e-12)
        #expect(!comparison.passes(.approximate))
        #expect(comparison.mismatchCount == 1)
        // The wider of the two counts, not their sum: the largest magnitude is 4.
        #expect(comparison.passes(Tolerance(absolute: 0.1, relativeToMaximum: 0.125)))
        #expect(comparison.passes(Tolerance(absolute: 0.5, relativeToMaximum: 0.1)))
        #expect(!comparison.passes(Tolerance(absolute: 0.4, relativeToMaximum: 0.1)))
    }

    @Test func equalTensorsDifferInNothing() throws {
        for type in ElementType.allCases {
            let tensor = try Tensor([Double(0), 1, 0, 1]).converted(to: type)
            let comparison = try TensorComparison(tensor, reference: tensor, counting: .exact)
            #expect(comparison.passes(.exact) && comparison.worstIndex == nil)
            #expect(comparison.cosine == 1 && comparison.signalToNoiseDecibels == .infinity)
            #expect(comparison.mismatchCount == 0)
        }
    }

    @Test(arguments: [
        (Float.nan, Float.nan, true), (.nan, 1, false), (1, .nan, false), (.infinity, .infinity, true),
        (.infinity, -.infinity, false), (.infinity, 1, false), (1, .infinity, false), (-0.0, 0.0, true),
    ])
    func nonFiniteValuesAreEqualOrFail(_ a: Float, _ b: Float, _ same: Bool) throws {
        let comparison = try TensorComparison(Tensor([1, a]), reference: Tensor([1, b]), counting: .half)
        #expect(comparison.passes(.exact) == same)
        #expect(comparison.passes(.half) == same)
        #expect(comparison.mismatchCount == (same ? 0 : 1))
        #expect(comparison.nonFiniteMismatchCount == (same ? 0 : 1))
        if !same { #expect(comparison.maximumAbsoluteError == .infinity && comparison.worstIndex == 1) }
    }

    @Test func whatIsNoNumberInBothIsSaidAndGivesNoRatio() throws {
        let some = try TensorComparison(Tensor([Float(1), .nan, .infinity, -2]), reference: Tensor([Float(1), .nan, .infinity, -2]))
        #expect(some.passes(.exact) && some.cosine == 1 && some.nonFiniteMatchCount == 2 && some.finiteCount == 2)
        #expect(some.remark?.hasPrefix("2 of 4 values are NaN or infinite in both") == true)
        let none = try TensorComparison(Tensor([Float.nan, .nan]), reference: Tensor([Float.nan, .nan]))
        #expect(none.passes(.exact) && none.cosine.isNaN && none.signalToNoiseDecibels.isNaN && none.finiteCount == 0)
        #expect(none.remark?.contains("no number was compared") == true)
        for (a, b) in [(Float.nan, Float.infinity), (.infinity, -.infinity), (1, .nan)] {
            let other = try TensorComparison(Tensor([a, 1]), reference: Tensor([b, 1]))
            #expect(other.cosine.isNaN && other.signalToNoiseDecibels.isNaN && other.remark == nil)
        }
        #expect(try TensorComparison(Tensor([Float(1)]), reference: Tensor([Float(1)])).remark == nil)
    }

    @Test func largeIntegersAreComparedExactly() throws {
        let comparison = try TensorComparison(Tensor([Int64.max, .min]), reference: Tensor([Int64.max - 1, .max]))
        #expect(comparison.maximumAbsoluteError == Double(UInt64.max))
        #expect(comparison.worstIndex == 1)
        let near = try TensorComparison(Tensor([Int64.max]), reference: Tensor([Int64.max - 1]))
        #expect(near.maximumAbsoluteError == 1 && !near.passes(.exact))
        let bytes = try TensorComparison(Tensor([Int8(-128)]), reference: Tensor([Int8(127)]))
        #expect(bytes.maximumAbsoluteError == 255)
    }

    @Test func typesMayDifferAndShapesMayNot() throws {
        let half = try Tensor([Float(0.1), 2]).converted(to: .f16)
        let comparison = try TensorComparison(half, reference: Tensor([Double(0.1), 2]))
        #expect(comparison.maximumAbsoluteError > 0 && comparison.passes(.half))
        let wrong = try Tensor([Float(1), 2], shape: [2, 1])
        let onVerificationFailed = errorCode { _ = try TensorComparison(wrong, reference: half) }
        #expect(onVerificationFailed == .verificationFailed)
    }

    @Test func zeroReferences() throws {
        let zeros = try Tensor(zeros: .f32, [2])
        let off = try TensorComparison(Tensor([Float(1), 0]), reference: zeros)
        #expect(off.maximumRelativeToMaximum == .infinity && off.cosine == 0)
        let empty = try TensorComparison(Tensor(zeros: .f32, [0]), reference: Tensor(zeros: .f32, [0]))
        #expect(empty.passes(.exact) && empty.meanAbsoluteError == 0 && empty.cosine == 1)
    }
}
