import TestSupport
import Testing
import Verification

@Suite struct SeededInputTests {
    @Test func theSameSeedGivesTheSameBits() throws {
        var a = SeededInput(seed: 3)
        var b = SeededInput(seed: 3)
        var c = SeededInput(seed: 4)
        let x = try a.tensor(.f32, [2, 5])
        let y = try b.tensor(.f32, [2, 5])
        let z = try c.tensor(.f32, [2, 5])
        #expect(x.isIdentical(to: y))
        #expect(!x.isIdentical(to: z))
        #expect(!(try a.tensor(.f32, [2, 5]).isIdentical(to: x)))
    }

    @Test func floatsAreCloseToStandardNormal() throws {
        var generator = SeededInput(seed: 0)
        let values = try generator.tensor(.f32, [20_000]).doubles()
        let mean = values.reduce(0, +) / 20_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        #expect(abs(mean) < 0.03)
        #expect(abs(variance - 1) < 0.03)
    }
}

@Suite struct OutputCheckTests {
    @Test func toleranceIsTheWiderOfTheTwo() throws {
        let expected = try Tensor([0, 10] as [Float])
        let actual = try Tensor([0.05, 10] as [Float])
        #expect(!(try OutputCheck(name: "y", actual: actual, expected: expected, within: Tolerance(absolute: 0.01)).passed))
        #expect(
            try OutputCheck(name: "y", actual: actual, expected: expected, within: Tolerance(absolute: 0.01, relativeToMaximum: 0.01))
                .passed)
    }

    @Test func integersMustBeEqual() throws {
        let expected = try Tensor([1, 2] as [Int32])
        let actual = try Tensor([1, 3] as [Int32])
        #expect(!(try OutputCheck(name: "y", actual: actual, expected: expected, within: Tolerance(absolute: 5)).passed))
    }

    @Test func notANumberFails() throws {
        let expected = try Tensor([1] as [Float])
        let actual = try Tensor([Float.nan])
        #expect(!(try OutputCheck(name: "y", actual: actual, expected: expected, within: Tolerance(absolute: 1)).passed))
    }

    @Test func aMissingBatchAxisIsAllowedAnotherShapeIsNot() throws {
        let expected = try Tensor([1, 2] as [Float])
        let actual = try Tensor([1, 2] as [Float], shape: [1, 2])
        #expect(try OutputCheck(name: "y", actual: actual, expected: expected, within: Tolerance(absolute: 0)).passed)
        #expect(throws: OsteonError.self) {
            try OutputCheck(name: "y", actual: Tensor([1] as [Float]), expected: expected, within: Tolerance(absolute: 0))
        }
    }
}
