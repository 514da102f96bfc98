import Bytes
import Engine
import GraphIR
import Operators
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
        /// Whether each value was compared by itself, because in a quantised network the outputs as a whole show each tie that was
        /// rounded the other way.
        var isByStretch = false
    }

    /// Compares on seeded inputs (seed 0) of these shapes, by name.
    /// - Parameter name: what `reference` is, for the error.
    /// - Throws: `.verificationFailed` where an output differs by more than the tolerance.
    func run(_ candidate: Model, against reference: Model, _ name: String, shapes: [String: [Int]]) throws(OsteonError) -> Result {
        do {
            return try compare(candidate, reference, name, shapes, integerLimit: SeededInput.integerLimit)
        } catch
            where error.code != .verificationFailed
            && reference.graph.inputs.contains(where: { reference.graph.type($0).elementType.isInteger })
        {
            // An integer input may be an index into something smaller; 0 always fits.
            return try compare(candidate, reference, name, shapes, integerLimit: 1)
        }
    }

    private func compare(
        _ candidate: Model, _ reference: Model, _ name: String, _ shapes: [String: [Int]], integerLimit: Int
    ) throws(OsteonError) -> Result {
        var result = try outputs(candidate, reference, shapes, integerLimit)
        if result.checks.contains(where: { !$0.passed }), reference.graph.quantizesValues {
            try compareStretches(candidate, reference, name, result.inputs)
            result.isByStretch = true
            // The outputs as a whole are told; they're not what's held to the tolerance.
            result.checks = try result.checks.map { (check) throws(OsteonError) in
                // A NaN beside a number is no tie.
                guard check.comparison.nonFiniteMismatchCount == 0 else { return check }
                guard let a = result.results[check.name], let e = result.expected[check.name] else { return check }
                return try OutputCheck(
                    name: check.name, actual: a, expected: e, absolute: Self.absoluteTolerance,
                    relativeToMax: max(tolerance, check.comparison.maximumRelativeToMaximum * (1 + 1e-6)))
            }
        }
        try Self.refuse(result.checks, name)
        return result
    }

    /// Compares every value on the reference's own values before it, so that what a tie rounded the other way adds up to doesn't
    /// count: floats to the tolerance, bytes to one step.
    private func compareStretches(_ candidate: Model, _ reference: Model, _ name: String, _ inputs: [String: Tensor]) throws(OsteonError) {
        let walk = try NodeWalk(
            reference: reference.graph, candidate: candidate.graph, shapes: inputs.mapValues(\.shape), mode: .reinjecting, engine: engine,
            keepsSegments: false)
        try walk.run(inputs) { (visit) throws(OsteonError) in
            let isByte = visit.reference.elementType == .u8 || visit.reference.elementType == .i8
            let comparison = try TensorComparison(visit.candidate, reference: visit.reference)
            let allowed = isByte ? 1 : max(Self.absoluteTolerance, tolerance * comparison.maximumMagnitude)
            guard comparison.nonFiniteMismatchCount == 0, comparison.maximumAbsoluteError <= allowed else {
                throw OsteonError(
                    .verificationFailed,
                    "Value \(visit.segment.value) differs from \(name) by \(comparison.maximumAbsoluteError.errorText), \(allowed.errorText) is allowed; nothing was written."
                )
            }
        }
    }

    private func outputs(
        _ candidate: Model, _ reference: Model, _ shapes: [String: [Int]], _ integerLimit: Int
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
        return Result(checks: checks, inputs: inputs, integerLimit: integerLimit, expected: expected, results: actual)
    }

    /// - Throws: `.verificationFailed` where a check failed.
    private static func refuse(_ checks: [OutputCheck], _ other: String) throws(OsteonError) {
        guard let failed = checks.first(where: { !$0.passed }) else { return }
        throw OsteonError(
            .verificationFailed,
            "Output \(failed.name) differs from \(other) by \(failed.comparison.maximumAbsoluteError.errorText), \(failed.tolerance.errorText) is allowed; nothing was written."
        )
    }
}

extension Graph {
    /// Whether values (not only weights) are quantised in it.
    fileprivate var quantizesValues: Bool { nodeIDs.contains { self[$0].op is QuantizeLinear } }
}
