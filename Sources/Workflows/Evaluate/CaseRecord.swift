import Bytes
import Metrics

/// What one case gave: kept as soon as it's there, so that a run that's stopped goes on from it.
package struct CaseRecord: Sendable, Hashable {
    package static let schema = "osteon.evaluation.case.2"

    /// One model's figures.
    package enum Figures: Sendable, Hashable {
        /// By structure.
        case masks([StructureMetrics])
        /// A probability by finding.
        case scores([Double])
    }

    package struct Result: Sendable, Hashable {
        package var first: Figures
        /// The other model's.
        package var second: Figures?
        /// By structure: the Dice of both models' masks, no reference asked.
        package var agreement: [Double]
        /// By finding: whether it's there. Empty for masks.
        package var truth: [Bool]
        /// Files beside the record: slices with outlines, for the report.
        package var pictures: [Picture]
        package var files: CaseFiles

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

extension CaseRecord {
    /// - Parameter run: the digest of the run it belongs to.
    func json(run: String) -> JSONValue {
        .record([
            ("schema", .string(Self.schema)), ("run", .string(run)), ("index", .integer(index)),
            ("error", failure.map { .string($0) } ?? .null), ("result", result?.json ?? .null),
        ])
    }

    /// - Throws: `.malformed`, `.unsupported` for another schema.
    init(json: JSONValue, run: String) throws(OsteonError) {
        guard case .string(Self.schema)? = json["schema"] else { throw OsteonError(.unsupported, "This isn't a file of \(Self.schema).") }
        guard try json.member("run").string() == run else {
            throw OsteonError(.malformed, "This case was evaluated by another run: with another model, data list or setting.")
        }
        index = try json.member("index").integer()
        let error = try json.member("error").unlessNull { (value) throws(OsteonError) in try value.string() }
        let result = try json.member("result").unlessNull { (value) throws(OsteonError) in try Result(json: value) }
        switch (error, result) {
        case (let error?, nil): outcome = .failed(error)
        case (nil, let result?): outcome = .measured(result)
        default: throw OsteonError(.malformed, "A case has either a result or an error.")
        }
    }
}

extension CaseRecord.Result {
    fileprivate var json: JSONValue {
        .record([
            ("first", first.json), ("second", second?.json ?? .null), ("agreement", .array(agreement.map { .number($0) })),
            ("truth", .array(truth.map { .bool($0) })), ("pictures", .array(pictures.map { .string($0.plane) })),
            ("sha256", files.json),
        ])
    }

    /// The pictures' bytes are read by whoever knows their files.
    fileprivate init(json: JSONValue) throws(OsteonError) {
        first = try CaseRecord.Figures(json: json.member("first"))
        second = try json.member("second").unlessNull { (value) throws(OsteonError) in try CaseRecord.Figures(json: value) }
        agreement = try json.list("agreement") { (value) throws(OsteonError) in try value.anyDouble() }
        truth = try json.list("truth") { (value) throws(OsteonError) in try value.bool() }
        pictures = try json.list("pictures") { (value) throws(OsteonError) in CaseRecord.Picture(plane: try value.string(), png: []) }
        files = try CaseFiles(json: json.member("sha256"))
    }
}

extension CaseRecord.Figures {
    fileprivate var json: JSONValue {
        switch self {
        case .masks(let structures): .record([("masks", .array(structures.map { .record($0.jsonMembers) }))])
        case .scores(let scores): .record([("scores", .array(scores.map { .number($0) }))])
        }
    }

    fileprivate init(json: JSONValue) throws(OsteonError) {
        if json["masks"] != nil {
            self = .masks(try json.list("masks") { (value) throws(OsteonError) in try StructureMetrics(json: value) })
        } else {
            self = .scores(try json.list("scores") { (value) throws(OsteonError) in try value.anyDouble() })
        }
    }
}

extension StructureMetrics {
    init(json: JSONValue) throws(OsteonError) {
        func voxels(_ name: String) throws(OsteonError) -> Int {
            let value = try json.member(name)
            let count = try value.integer()
            guard (0...Self.mostVoxels).contains(count) else { throw value.mismatch("a number of voxels") }
            return count
        }
        let counts = OverlapCounts(
            truePositives: try voxels("TP"), falsePositives: try voxels("FP"), falseNegatives: try voxels("FN"),
            trueNegatives: try voxels("TN"))
        guard try voxels("n_pred") == counts.predicted, try voxels("n_ref") == counts.referenced else {
            throw OsteonError(.malformed, "n_pred and n_ref aren't what TP, FP and FN add up to.")
        }
        self.init(
            counts: counts,
            dice: try json.member("Dice").anyDouble(), iou: try json.member("IoU").anyDouble(),
            hausdorff: try json["HD95"].map { (value) throws(OsteonError) in try value.anyDouble() },
            surfaceDice: try json["NSD"].map { (value) throws(OsteonError) in try value.anyDouble() },
            predictedVolume: try json.member("volume_pred_ml").anyDouble(), referenceVolume: try json.member("volume_ref_ml").anyDouble())
    }
}
