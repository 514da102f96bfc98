import Bytes
import Tensors

extension VerificationRecord {
    /// The differences of one tensor from its reference. Its members stand among those of what was measured.
    package struct Errors: Sendable, Hashable {
        package var maximumAbsolute = 0.0
        /// The largest difference relative to the reference's largest magnitude.
        package var relativeToMaximum = 0.0
        package var meanAbsolute = 0.0
        /// NaN where no numbers were compared, or a number met something that's none.
        package var cosine = 0.0
        /// Signal to noise in decibels; nil where nothing differs, and where it isn't a number: the errors show which.
        package var signalToNoise: Double?

        package init() {}

        package init(_ comparison: TensorComparison) {
            maximumAbsolute = comparison.maximumAbsoluteError
            relativeToMaximum = comparison.maximumRelativeToMaximum
            meanAbsolute = comparison.meanAbsoluteError
            cosine = comparison.cosine
            signalToNoise = comparison.signalToNoiseDecibels.isFinite ? comparison.signalToNoiseDecibels : nil
        }

        mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            // JSON has no infinity: null is an error without bound.
            let error = JSONForm<Double>.magnitude.null(for: .infinity)
            try visitor.member("max_abs", &maximumAbsolute, error)
            try visitor.member("max_rel", &relativeToMaximum, error)
            try visitor.member("mean_abs", &meanAbsolute, error)
            try visitor.member("cosine", &cosine, JSONForm<Double>.own.null(for: .nan))
            try visitor.nullable("sqnr_db", &signalToNoise)
        }
    }

    /// One output.
    package struct Output: Record, Hashable {
        package var name = ""
        package var errors = Errors()
        /// The largest absolute difference allowed.
        package var tolerance = 0.0
        package var passed = false
        /// What the reference gave.
        package var expected = TensorSummary()
        /// Of the bytes the model gave; the same kernels give them again.
        package var resultSHA256 = ""

        package init() {}

        package init(name: String, errors: Errors, tolerance: Double, passed: Bool, expected: TensorSummary, resultSHA256: String) {
            self.name = name
            self.errors = errors
            self.tolerance = tolerance
            self.passed = passed
            self.expected = expected
            self.resultSHA256 = resultSHA256
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try errors.visitMembers(&visitor)
            try visitor.member("tolerance", &tolerance, .magnitude)
            try visitor.member("passed", &passed)
            try visitor.member("expected", &expected)
            try visitor.member("result_sha256", &resultSHA256, .digest)
        }
    }

    /// One layer, measured by itself or together with those before it.
    package struct Layer: Record, Hashable {
        /// The value it computes.
        package var name = ""
        /// `int8`, `f16`, …; nil where it wasn't changed.
        package var precision: String?
        package var errors = Errors()

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.optional("precision", &precision)
            try errors.visitMembers(&visitor)
        }
    }

    /// How the ranges of activations were found.
    package struct Calibration: Record, Hashable {
        /// `minmax`, `percentile`, `mse`, `entropy`, …
        package var method = ""
        /// SHA-256 of each case's bytes, in order; names are no part of a record, since they may be a patient's.
        package var cases: [String] = []

        package init() {}

        package init(method: String, cases: [String]) {
            self.method = method
            self.cases = cases
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("method", &method)
            try visitor.member("cases", &cases, JSONForm<String>.digest.list)
        }
    }
}

extension JSONForm<Double> {
    /// null for values that aren't finite, which are read as `value`.
    fileprivate func null(for value: Double) -> JSONForm<Double> {
        JSONForm<Double>(
            write: { $0.isFinite ? .number($0) : .null }, read: { (json) throws(OsteonError) in json == .null ? value : try read(json) })
    }
}
