import Bytes
import Metrics

/// What one case gave: kept as soon as it's there, so that a run that's stopped goes on from it.
package struct CaseRecord: Sendable, Hashable {
    /// One model's figures.
    package enum Figures: Sendable, Hashable {
        /// By structure.
        case masks([StructureMetrics])
        /// A probability by finding.
        case scores([Double])
    }

    package struct Result: Record, Hashable {
        package static let ignoresUnknownMembers = true

        package var first = Figures.scores([])
        /// The other model's.
        package var second: Figures?
        /// By structure: the Dice of both models' masks, no reference asked.
        package var agreement: [Double] = []
        /// By finding: whether it's there. Empty for masks.
        package var truth: [Bool] = []
        /// Files beside the record: slices with outlines, for the report.
        package var pictures: [Picture] = []
        package var files = CaseFiles()

        package init() {}

        package init(
            first: Figures, second: Figures? = nil, agreement: [Double] = [], truth: [Bool] = [], pictures: [Picture] = [],
            files: CaseFiles = CaseFiles()
        ) {
            self.files = files
            self.first = first
            self.second = second
            self.agreement = agreement
            self.truth = truth
            self.pictures = pictures
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            // The pictures' bytes are read by whoever knows their files.
            var planes = pictures.map(\.plane)
            try visitor.member("first", &first)
            try visitor.nullable("second", &second)
            try visitor.member("agreement", &agreement, JSONForm<Double>.any.list)
            try visitor.member("truth", &truth)
            try visitor.member("pictures", &planes)
            try visitor.member("sha256", &files)
            if planes != pictures.map(\.plane) { pictures = planes.map { Picture(plane: $0, png: []) } }
        }
    }

    package struct Picture: Sendable, Hashable {
        /// Axial, coronal or sagittal.
        package var plane: String
        package var png: [UInt8]

        package init(plane: String, png: [UInt8]) {
            self.plane = plane
            self.png = png
        }
    }

    package enum Outcome: Sendable, Hashable {
        case measured(Result)
        /// Why it couldn't be.
        case failed(String)
    }

    /// The place in the run's cases.
    package var index: Int
    package var outcome: Outcome

    package init(index: Int, outcome: Outcome) {
        self.index = index
        self.outcome = outcome
    }

    package var result: Result? {
        if case .measured(let result) = outcome { result } else { nil }
    }

    package var failure: String? {
        if case .failed(let reason) = outcome { reason } else { nil }
    }
}

// MARK: JSON

/// A case's file: the record, and the digest of the run it belongs to.
private struct StoredCase: Record {
    static let ignoresUnknownMembers = true

    var run = ""
    var index = 0
    var error: String?
    var result: CaseRecord.Result?

    mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.schema("osteon.evaluation.case.2")
        try visitor.member("run", &run)
        try visitor.member("index", &index)
        try visitor.nullable("error", &error)
        try visitor.nullable("result", &result)
        try visitor.require((error == nil) != (result == nil), "A case has either a result or an error.")
    }
}

extension CaseRecord {
    /// - Parameter run: the digest of the run it belongs to.
    func json(run: String) -> JSONValue { StoredCase(run: run, index: index, error: failure, result: result).json }

    /// - Throws: `.malformed`, `.unsupported` for another schema.
    init(json: JSONValue, run: String) throws(OsteonError) {
        let stored = try StoredCase(json: json)
        guard stored.run == run else {
            throw OsteonError(.malformed, "This case was evaluated by another run: with another model, data list or setting.")
        }
        index = stored.index
        outcome = stored.result.map(Outcome.measured) ?? .failed(stored.error ?? "")
    }
}

extension CaseRecord.Figures: JSONCodable {
    package var json: JSONValue {
        switch self {
        case .masks(let structures): ["masks": structures.json]
        case .scores(let scores): ["scores": scores.json]
        }
    }

    package init(json: JSONValue) throws(OsteonError) {
        if json["masks"] != nil {
            self = .masks(try json.member("masks") { (value) throws(OsteonError) in try [StructureMetrics](json: value) })
        } else {
            self = .scores(try json.member("scores", JSONForm<Double>.any.list.read))
        }
    }
}
