import Bytes
import Metrics
import Workflows

/// Scores a model on a data list: figures by structure with intervals, held to the documented targets.
public struct Evaluator: Sendable {
    /// The data list's file (Clara, Decathlon) or folder (nnU-Net).
    public var dataset: String
    /// The folder its paths are in; nil for the list's own.
    public var dataRoot: String?
    /// A published model whose documented figures are the targets; nil for the model's own.
    public var target: String?
    /// How the model is run.
    public var engine: EngineOptions

    /// An evaluation on a data list; further settings are properties.
    public init(dataset: String, dataRoot: String? = nil, engine: EngineOptions = EngineOptions()) {
        self.dataset = dataset
        self.dataRoot = dataRoot
        self.engine = engine
    }

    /// What an evaluation found.
    public struct Report: Sendable {
        /// One figure of one structure (or finding), over the cases that have it.
        public struct Score: Sendable, Hashable {
            /// The name of the structure or finding.
            public var structure: String
            /// `Dice`, `IoU`, `HD95`, `NSD`; `AUC` for a classifier's finding.
            public var metric: String
            /// The mean; for `AUC` the area.
            public var value: Double
            /// What the mean lies in, with a confidence of 95 %.
            public var lower: Double
            /// The upper end; `lower` is the other.
            public var upper: Double
            /// Cases counted.
            public var cases: Int
        }

        /// Every figure of every structure.
        public var scores: [Score]
        /// Whether every case was scored.
        public var isComplete: Bool
        /// Whether every documented target was reached.
        public var meetsTargets: Bool
        /// Cases that couldn't be scored, and why.
        public var failures: [(case: String, reason: String)]
        /// All of it as `osteon evaluate` prints it in JSON.
        public var json: String
    }

    /// Runs the model over all cases. A case that can't be scored is reported, and the others go on.
    /// - Throws: `.usage`, `.unreadable` or `.malformed` for a data list that doesn't fit.
    public func evaluate(_ model: Model) throws(OsteonError) -> Report {
        let summary = try facing { () throws(Bytes.OsteonError) in
            var evaluation = ModelEvaluation(model.inner, dataset: dataset, engine: try engine.inner())
            evaluation.dataRoot = dataRoot
            evaluation.target = target
            evaluation.drawsPictures = false
            let (run, records) = try evaluation.run()
            return try EvaluationSummary(run, records)
        }
        return Report(
            scores: Self.scores(of: summary), isComplete: summary.isComplete, meetsTargets: summary.meetsTargets,
            failures: summary.failures.map { (case: $0.name, reason: $0.reason) }, json: summary.json.text())
    }

    private static func scores(of summary: EvaluationSummary) -> [Report.Score] {
        let names = summary.run.structures.map(\.name)
        let masks = summary.first.columns.flatMap { column in
            zip(names, column.structures).map { name, figure in
                Report.Score(
                    structure: name, metric: column.metric, value: figure.value, lower: figure.interval.lower,
                    upper: figure.interval.upper, cases: figure.cases)
            }
        }
        let findings = zip(names, summary.first.findings).map { name, finding in
            let interval = finding.curve.interval(confidence: summary.run.bootstrap.confidence)
            return Report.Score(
                structure: name, metric: "AUC", value: finding.curve.area, lower: interval.lower, upper: interval.upper,
                cases: finding.curve.positives + finding.curve.negatives)
        }
        return masks + findings
    }
}
