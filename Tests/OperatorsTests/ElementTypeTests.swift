import TestSupport
import Testing

/// The same cases in other floating-point types.
@Suite struct ElementTypeTests {
    static let cases: [OperatorCase] = [
        OperatorCases.activation, OperatorCases.arithmetic, OperatorCases.comparison, OperatorCases.reduction,
        OperatorCases.normalization,
    ].flatMap { $0 }
        // BitCast's result depends on the width of its elements, by its meaning.
        .filter { $0.inputs.contains { $0?.elementType == .f32 } && !($0.op is BitCast) }

    static let halfCases = cases.filter { $0.inputs.allSatisfy { isExactInHalf($0) } }

    @Test(arguments: cases)
    func doublePrecisionAgrees(_ sample: OperatorCase) throws {
        try check(sample, .f64, OperatorCase.Tolerance(absolute: 1e-6, relative: 3e-6))
    }

    /// Only where the numbers survive 16 bits: with inputs of few digits and results in range.
    @Test(arguments: halfCases)
    func halfPrecisionAgrees(_ sample: OperatorCase) throws {
        try check(sample, .f16, OperatorCase.Tolerance(absolute: 1e-3, relative: 1e-3))
    }

    private func check(_ sample: OperatorCase, _ type: ElementType, _ tolerance: OperatorCase.Tolerance) throws {
        var changed = sample
        changed.inputs = sample.inputs.map { $0?.elementType == .f32 ? $0?.converted(to: type) : $0 }
        changed.tolerance = tolerance
        let results = try changed.op.evaluate(try changed.inputTensors(), outputCount: sample.expected.count)
        // Some results keep a type of their own (statistics); the values are what's compared.
        changed.expected = zip(sample.expected, results).map { wanted, result in
            wanted?.elementType.isFloat == true ? wanted?.converted(to: result.elementType) : wanted
        }
        #expect(try changed.mismatches(in: results) == [])
    }

    private static func isExactInHalf(_ sample: Sample?) -> Bool {
        guard let sample, sample.elementType == .f32, let values = try? sample.tensor().doubles() else { return true }
        guard let half = try? sample.converted(to: .f16).tensor().doubles() else { return false }
        return zip(values, half).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
    }
}
