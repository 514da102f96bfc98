import Bytes
import Container
import Engine
import GraphIR
import Operators
import Tensors
import Verification

/// Two models run on the same inputs by the engine, output for output: the proof that one may stand for the other.
struct ModelComparison {
    /// What is checked, and what it's held to.
    let candidate: Model
    let reference: Model
    /// What the reference is, for messages.
    let name: String
    let tolerance: Tolerance
    let engine: PlanOptions
    /// What a person can do where no inputs can be made up; a sentence.
    var remedy = ""

    /// What outputs that are all but zero may differ by.
    static let absoluteTolerance = 1e-6

    /// - Parameter tolerance: relative to each output's largest magnitude.
    init(_ candidate: Model, against reference: Model, _ name: String, tolerance: Double, engine: PlanOptions) {
        self.candidate = candidate
        self.reference = reference
        self.name = name
        self.tolerance = Tolerance(absolute: Self.absoluteTolerance, relativeToMaximum: tolerance)
        self.engine = engine
    }

    /// What was compared.
    struct Result {
        var outputs: OutputComparison
        var origin: VerificationRecord.Origin
        /// Whether each value was compared by itself, because in a quantised network the outputs as a whole show each tie that was
        /// rounded the other way.
        var isByValue = false

        var checks: [OutputCheck] { outputs.checks }
    }

    /// Compares on inputs at hand.
    /// - Throws: `.verificationFailed` where an output differs by more than the tolerance.
    func run(_ inputs: [String: Tensor], _ origin: VerificationRecord.Origin) throws(OsteonError) -> Result {
        var result = Result(
            outputs: try OutputComparison(
                reference.outputNames, inputs: inputs, expected: reference.session(for: inputs, engine).run(inputs),
                results: candidate.session(for: inputs, engine).run(inputs), tolerance: tolerance),
            origin: origin)
        if result.outputs.firstFailure != nil, reference.graph.quantizesValues {
            try compareValues(inputs)
            result.isByValue = true
            // The outputs as a whole are reported; they're not what's held to the tolerance.
            result.outputs.checks = result.checks.map(widened)
        }
        try result.outputs.refuse(name)
        return result
    }

    /// Compares on inputs of seed 0 at these shapes, by name.
    /// - Throws: `.verificationFailed` where an output differs by more than the tolerance; what running throws where no integer inputs
    ///   were found that the network takes.
    func run(shapes: [String: [Int]]) throws(OsteonError) -> Result {
        func seeded(_ limit: Int) throws(OsteonError) -> Result {
            try run(reference.seededInputs(seed: 0, shapes: shapes, integerLimit: limit), .seeded(seed: 0, integerLimit: limit))
        }
        do throws(OsteonError) {
            return try seeded(SeededInput.integerLimit)
        } catch {
            let integers = reference.graph.inputs.filter { reference.graph.type($0).elementType.isInteger }
            guard error.code != .verificationFailed, !integers.isEmpty else { throw error }
            do throws(OsteonError) {
                // An integer input may be an index into something smaller; 0 always fits.
                return try seeded(1)
            } catch {
                guard error.code != .verificationFailed else { throw error }
                var error = error
                let names = integers.map { reference.graph[$0].name }.joined(separator: ", ")
                error.message +=
                    """
                     The check makes up its inputs, and found no values of \(names) that the network \
                    takes.\(remedy.isEmpty ? "" : " \(remedy)")
                    """
                throw error
            }
        }
    }

    /// Compares every value on the reference's own values before it, so that what a tie rounded the other way adds up to doesn't
    /// count: floats to the tolerance, bytes to one step.
    private func compareValues(_ inputs: [String: Tensor]) throws(OsteonError) {
        let walk = try NodeWalk(
            reference: reference.graph, candidate: candidate.graph, shapes: inputs.mapValues(\.shape), mode: .reinjecting, engine: engine,
            keepsSegments: false)
        let oneStep = Tolerance(absolute: 1)
        try walk.run(inputs) { (visit) throws(OsteonError) in
            let isByte = visit.reference.elementType == .u8 || visit.reference.elementType == .i8
            let comparison = try TensorComparison(visit.candidate, reference: visit.reference)
            let tolerance = isByte ? oneStep : tolerance
            guard comparison.passes(tolerance) else {
                throw OsteonError(
                    .verificationFailed,
                    """
                    Value \(visit.segment.value) differs from \(name) by \(comparison.maximumAbsoluteError.errorText), \
                    \(tolerance.limit(maximum: comparison.maximumMagnitude).errorText) is allowed; nothing was written.
                    """
                )
            }
        }
    }

    /// The check of an output whose values were compared one by one: as wide as what was found, but for a NaN beside a number.
    private func widened(_ check: OutputCheck) -> OutputCheck {
        guard check.comparison.nonFiniteMismatchCount == 0 else { return check }
        var wide = tolerance
        wide.relativeToMaximum = max(wide.relativeToMaximum, check.comparison.maximumRelativeToMaximum * (1 + 1e-6))
        var check = check
        check.hold(to: wide)
        return check
    }
}

extension Graph {
    /// Whether values (not only weights) are quantised in it.
    fileprivate var quantizesValues: Bool { nodeIDs.contains { self[$0].op.traits.contains(.quantizes) } }
}
