import Bytes
import Tensors
import Workflows

/// Holds a model's outputs to references, to another model, or to the checks its native file records.
public struct Verifier: Sendable {
    /// The largest difference allowed, relative to the largest magnitude of an output.
    public var tolerance = 1e-4
    /// How models are run.
    public var engine: EngineOptions

    /// A verifier; the tolerance is a property.
    public init(engine: EngineOptions = EngineOptions()) { self.engine = engine }

    /// What a verification found.
    public struct Report: Sendable {
        /// Every output compared.
        public var outputs: [OutputResult]
        /// Whether everything compared is within its tolerance, and something was compared.
        public var passed: Bool
        /// What a person should know, a sentence each.
        public var notes: [String]
        /// All of it as `osteon verify` prints it in JSON.
        public var json: String

        init(_ report: VerificationReport) {
            outputs = (report.outputs + (report.against?.outputs ?? [])).map { OutputResult($0) }
            passed = report.passed
            notes = report.notes
            json = report.json.text()
        }
    }

    /// Compares with the arrays of an `.npz`, named by input and output.
    /// - Throws: `.usage` where an input has no array, or no array is an output's.
    public func verify(_ model: Model, reference: String) throws(OsteonError) -> Report {
        try facing { () throws(Bytes.OsteonError) in Report(try verification(model).run(reference: reference, against: nil)) }
    }

    /// Compares with another model on the same seeded inputs, value by value where both name one.
    /// - Throws: `.usage` where the two share no output.
    public func verify(_ model: Model, against other: Model) throws(OsteonError) -> Report {
        try facing { () throws(Bytes.OsteonError) in Report(try verification(model).run(reference: nil, against: other.inner)) }
    }

    /// Repeats the checks that a native file records.
    /// - Parameter reference: the `.npz` that checks against one were made with; without it they aren't repeated.
    /// - Returns: whether some could be repeated and none failed.
    /// - Throws: `.usage` for another source, `.verificationFailed` for a file without records.
    public func recheck(_ model: Model, reference: String? = nil) throws(OsteonError) -> Bool {
        try facing { () throws(Bytes.OsteonError) in
            var recheck = ModelRecheck(model.inner, engine: try engine.inner())
            recheck.reference = reference
            return try recheck.run().passed
        }
    }

    private func verification(_ model: Model) throws(Bytes.OsteonError) -> ModelVerification {
        var verification = ModelVerification(model.inner, engine: try engine.inner())
        verification.tolerance.relativeToMaximum = tolerance
        return verification
    }
}
