import Bytes
import Engine
import GraphIR
import Tensors
import Verification

/// Two models run on the same inputs by the engine, output for output: the proof that one may stand for the other.
struct EngineComparison {
    /// The largest difference that's no bother where outputs are all but zero.
    static let absoluteTolerance = 1e-6

    /// The largest difference allowed, relative to the largest magnitude of an output.
    var tolerance: Double
    var engine: PlanOptions

    /// What was compared.
    struct Result {
        var checks: [OutputCheck]
        var inputs: [String: Tensor]
        /// Below which integer inputs were drawn.
        var integerLimit: Int
        /// The outputs of the reference and of the candidate.
        var expected: [String: Tensor]
        var results: [String: Tensor]
    }

    /// Compares on seeded inputs (seed 0) of these shapes, by name.
    /// - Parameter name: what `reference` is, for the error.
    /// - Throws: `.verificationFailed` where an output differs by more than the tolerance.
    func run(_ candidate: Model, against reference: Model, _ name: String, shapes: [String: [Int]]) throws(OsteonError) -> Result {
        do {
            return try compare(candidate, reference, name, shapes, integerLimit: SeededInput.integerLimit)
        } catch where error.code != .verificationFailed && reference.graph.inputs.contains(where: { reference.graph.type($0).elementType.isInteger }) {
            // An integer input may be an index into something smaller; 0 always fits.
            return try compare(candidate, reference, name, shapes, integerLimit: 1)
        }
    }

    private func compare(
        _ candidate: Model, _ reference: Model, _ name: String, _ shapes: [String: [Int]], integerLimit: Int
    ) throws(OsteonError) -> Result {
        let inputs = try reference.seededInputs(seed: 0, shapes: shapes, integerLimit: integerLimit)
        let expected = try reference.session(for: inputs, engine).run(inputs)
        let actual = try candidate.session(for: inputs, engine).run(inputs)
        var checks: [OutputCheck] = []
        for output in reference.outputNames {
            guard let a = actual[output], let e = expected[output] else {
                throw OsteonError(.internalFault, "The graph lost its output \(output).")
            }
            checks.append(try OutputCheck(name: output, actual: a, expected: e, absolute: Self.absoluteTolerance, relativeToMax: tolerance))
        }
        try Self.refuse(checks, name)
        return Result(checks: checks, inputs: inputs, integerLimit: integerLimit, expected: expected, results: actual)
    }

    /// - Throws: `.verificationFailed` where a check failed.
    private static func refuse(_ checks: [OutputCheck], _ other: String) throws(OsteonError) {
        guard let failed = checks.first(where: { !$0.passed }) else { return }
        throw OsteonError(
            .verificationFailed,
            "Output \(failed.name) differs from \(other) by \(failed.comparison.maximumAbsoluteError.errorText), \(failed.tolerance.errorText) is allowed; nothing was written.")
    }
}
