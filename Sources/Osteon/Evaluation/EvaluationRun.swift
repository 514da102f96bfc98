import Bytes
import Metrics

/// What is evaluated, on what, and how: all that a result depends on but the voxels.
///
/// It's the same for every shard of a run, and its digest stands in every case's record, so that records of different runs
/// are never mixed.
public struct EvaluationRun: Sendable, Hashable {
    public static let schema = "osteon.evaluation.run.1"

    public enum Task: String, Sendable, CaseIterable {
        case segmentation, classification
    }

    /// A model by what's in it, not by where it lies.
    public struct ModelIdentity: Sendable, Hashable {
        /// The file's or folder's name.
        public var name: String
        /// The files read, by name, with their SHA-256.
        public var files: [File]

        public struct File: Sendable, Hashable {
            public var name: String
            public var sha256: String

            public init(name: String, sha256: String) {
                self.name = name
                self.sha256 = sha256
            }
        }

        public init(name: String, files: [File]) {
            self.name = name
            self.files = files
        }
    }

    /// What is scored: a label value, a region, or a finding.
    public struct Structure: Sendable, Hashable {
        /// The output channel, which for masks of one channel is the label's value.
        public var index: Int
        public var name: String

        public init(index: Int, name: String) {
            self.index = index
            self.name = name
        }

        /// As nnU-Net's `summary.json` writes it.
        public var key: String { String(index) }
    }

    public struct Case: Sendable, Hashable {
        public var name: String
        /// As in the data list, and so without folders above the data.
        public var images: [String]
        /// The reference's file; empty where the list itself says what's right.
        public var label: String

        public init(name: String, images: [String], label: String) {
            self.name = name
            self.images = images
            self.label = label
        }
    }

    /// Documented figures to hold the result to.
    public struct Targets: Sendable, Hashable {
        public struct Figure: Sendable, Hashable {
            /// `dice` or `auc`.
            public var metric: String
            public var name: String
            /// The structure it's of; nil for a mean.
            public var index: Int?
            public var value: Double

            public init(metric: String, name: String, index: Int?, value: Double) {
                self.metric = metric
                self.name = name
                self.index = index
                self.value = value
            }
        }

        /// The published model they're documented for.
        public var model: String
        public var tolerance: Double
        public var figures: [Figure]

        public init(model: String, tolerance: Double, figures: [Figure]) {
            self.model = model
            self.tolerance = tolerance
            self.figures = figures
        }
    }

    public var tool: String
    public var task: Task
    public var model: ModelIdentity
    public var against: ModelIdentity?
    /// The data list's file name, its SHA-256, and which of its lists.
    public var dataset: String
    public var datasetHash: String
    public var list: String
    public var structures: [Structure]
    public var metrics: MetricSettings
    public var bootstrap: Bootstrap
    /// How far a case may move from one model to the other before it counts.
    public var driftTolerance: Double
    /// At or above it a score counts as a finding.
    public var threshold: Double
    /// How images are prepared and led through the network, for people.
    public var procedure: [String]
    public var targets: Targets?
    public var cases: [Case]

    public init(
        task: Task, model: ModelIdentity, against: ModelIdentity? = nil, dataset: String, datasetHash: String, list: String,
        structures: [Structure], metrics: MetricSettings, bootstrap: Bootstrap = Bootstrap(), driftTolerance: Double = 0.02,
        threshold: Double = 0.5, procedure: [String] = [], targets: Targets? = nil, cases: [Case]
    ) {
        tool = "osteon \(OsteonVersion.current)"
        self.task = task
        self.model = model
        self.against = against
        self.dataset = dataset
        self.datasetHash = datasetHash
        self.list = list
        self.structures = structures
        self.metrics = metrics
        self.metrics.threads = 1
        self.bootstrap = bootstrap
        self.driftTolerance = driftTolerance
        self.threshold = threshold
        self.procedure = procedure
        self.targets = targets
        self.cases = cases
    }

    /// SHA-256 of the run's own file.
    public var digest: String { SHA256Digest(of: json.encoded(.indented)).hexadecimal }
}

// MARK: JSON

extension EvaluationRun {
    public var json: JSONValue {
        .record([
            ("schema", .string(Self.schema)), ("tool", .string(tool)), ("task", .string(task.rawValue)), ("model", model.json),
            ("against", against?.json ?? .null),
            ("dataset", .record([("file", .string(dataset)), ("sha256", .string(datasetHash)), ("list", .string(list))])),
            ("structures", .array(structures.map { .record([("index", .integer($0.index)), ("name", .string($0.name))]) })),
            ("settings", settings), ("procedure", .array(procedure.map { .string($0) })), ("targets", targets?.json ?? .null),
            ("cases", .array(cases.map(\.json))),
        ])
    }

    private var settings: JSONValue {
        .record([
            ("metrics", metrics.json()), ("bootstrap_draws", .integer(bootstrap.draws)), ("bootstrap_seed", .string(String(bootstrap.seed))),
            ("confidence", .number(bootstrap.confidence)), ("drift_tolerance", .number(driftTolerance)), ("threshold", .number(threshold)),
        ])
    }

    /// - Throws: `.malformed` for a member that's missing, unknown or of another kind, `.unsupported` for another schema.
    public init(json: JSONValue) throws(OsteonError) {
        guard case .string(Self.schema)? = json["schema"] else { throw OsteonError(.unsupported, "This isn't a file of \(Self.schema).") }
        _ = try json.members(only: [
            "schema", "tool", "task", "model", "against", "dataset", "structures", "settings", "procedure", "targets", "cases",
        ])
        tool = try json.member("tool").string()
        task = try json.member("task").choice()
        model = try ModelIdentity(json: json.member("model"))
        against = try json.member("against").unlessNull { (value) throws(OsteonError) in try ModelIdentity(json: value) }
        let list = try json.member("dataset")
        dataset = try list.member("file").string()
        datasetHash = try list.member("sha256").string()
        self.list = try list.member("list").string()
        structures = try json.list("structures") { (entry) throws(OsteonError) in
            Structure(index: try entry.member("index").integer(), name: try entry.member("name").string())
        }
        let settings = try json.member("settings")
        metrics = try MetricSettings(json: settings.member("metrics"))
        guard let seed = UInt64(try settings.member("bootstrap_seed").string()) else { throw OsteonError(.malformed, "The seed isn't a number.") }
        bootstrap = Bootstrap(draws: try settings.member("bootstrap_draws").integer(), seed: seed, confidence: try settings.member("confidence").double())
        driftTolerance = try settings.member("drift_tolerance").double()
        threshold = try settings.member("threshold").double()
        procedure = try json.member("procedure").strings()
        targets = try json.member("targets").unlessNull { (value) throws(OsteonError) in try Targets(json: value) }
        cases = try json.list("cases") { (entry) throws(OsteonError) in
            Case(
                name: try entry.member("name").string(), images: try entry.member("images").strings(),
                label: try entry.member("label").string())
        }
    }
}

extension EvaluationRun.Case {
    fileprivate var json: JSONValue {
        .record([("name", .string(name)), ("images", .array(images.map { .string($0) })), ("label", .string(label))])
    }
}

extension EvaluationRun.ModelIdentity {
    fileprivate var json: JSONValue {
        .record([
            ("name", .string(name)),
            ("files", .array(files.map { .record([("name", .string($0.name)), ("sha256", .string($0.sha256))]) })),
        ])
    }

    fileprivate init(json: JSONValue) throws(OsteonError) {
        name = try json.member("name").string()
        files = try json.list("files") { (entry) throws(OsteonError) in
            File(name: try entry.member("name").string(), sha256: try entry.member("sha256").string())
        }
    }
}

extension EvaluationRun.Targets {
    fileprivate var json: JSONValue {
        .record([
            ("model", .string(model)), ("tolerance", .number(tolerance)),
            (
                "figures",
                .array(
                    figures.map {
                        .record([
                            ("metric", .string($0.metric)), ("name", .string($0.name)), ("index", $0.index.map { .integer($0) } ?? .null),
                            ("value", .number($0.value)),
                        ])
                    })
            ),
        ])
    }

    fileprivate init(json: JSONValue) throws(OsteonError) {
        model = try json.member("model").string()
        tolerance = try json.member("tolerance").double()
        figures = try json.list("figures") { (entry) throws(OsteonError) in
            Figure(
                metric: try entry.member("metric").string(), name: try entry.member("name").string(),
                index: try entry.member("index").unlessNull { (value) throws(OsteonError) in try value.integer() },
                value: try entry.member("value").double())
        }
    }
}

extension MetricSettings {
    fileprivate init(json: JSONValue) throws(OsteonError) {
        self.init(emptyMasks: try json.member("empty_masks").choice())
        hausdorff = try json.member("hausdorff").unlessNull { (value) throws(OsteonError) in try value.choice() }
        surfaceTolerance = try json.member("surface_tolerance_mm").unlessNull { (value) throws(OsteonError) in try value.double() }
        if let pieces = try json.member("surface_pieces").unlessNull({ (value) throws(OsteonError) in try value.choice() as SurfaceDistances.Pieces }) {
            surfacePieces = pieces
        }
    }
}

extension JSONValue {
    /// What `decode` makes of a value that may be null.
    func unlessNull<T>(_ decode: (JSONValue) throws(OsteonError) -> T) throws(OsteonError) -> T? {
        self == .null ? nil : try decode(self)
    }

    /// A number, or one of the words that stand for what JSON has no number for.
    func anyDouble() throws(OsteonError) -> Double {
        switch self {
        case .string("NaN"): return .nan
        case .string("Infinity"): return .infinity
        case .string("-Infinity"): return -.infinity
        default: return try double()
        }
    }
}
