import Bytes
import Metrics

/// What is evaluated, on what, and how: all that a result depends on but the voxels.
///
/// It's the same for every shard of a run, and its digest stands in every case's record, so that records of different runs
/// are never mixed.
package struct EvaluationRun: Record, Hashable {
    package enum Task: String, JSONEnum {
        case segmentation, classification
    }

    package var tool = ""
    package var task = Task.segmentation
    package var model = ModelIdentity()
    package var against: ModelIdentity?
    /// The data list's file name, its SHA-256, and which of its lists.
    package var dataset = ""
    package var datasetHash = ""
    package var list = ""
    package var structures: [Structure] = []
    /// Which values label maps may hold, and what they mean.
    package var labels = LabelMeaning()
    package var metrics = MetricSettings()
    package var bootstrap = Bootstrap()
    /// How far a case may move from one model to the other before it counts.
    package var driftTolerance = 0.0
    /// At or above it a score counts as a finding.
    package var threshold = 0.0
    /// How images are prepared and led through the network, for people.
    package var procedure: [String] = []
    package var targets: Targets?
    package var cases: [Case] = []

    package init() {}

    package init(
        task: Task, model: ModelIdentity, against: ModelIdentity? = nil, dataset: String, datasetHash: String, list: String,
        structures: [Structure], labels: LabelMeaning = LabelMeaning(), metrics: MetricSettings, bootstrap: Bootstrap = Bootstrap(),
        driftTolerance: Double = 0.02,
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
        self.labels = labels
        self.metrics = metrics
        self.metrics.threads = 1
        self.bootstrap = bootstrap
        self.driftTolerance = driftTolerance
        self.threshold = threshold
        self.procedure = procedure
        self.targets = targets
        self.cases = cases
    }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.schema("osteon.evaluation.run.2")
        try visitor.member("tool", &tool)
        try visitor.member("task", &task)
        try visitor.member("model", &model)
        try visitor.nullable("against", &against)
        try visitor.begin("dataset")
        try visitor.member("file", &dataset)
        try visitor.member("sha256", &datasetHash)
        try visitor.member("list", &list)
        visitor.end()
        try visitor.member("structures", &structures)
        try visitor.member("labels", &labels)
        try visitor.begin("settings")
        try visitor.member("metrics", &metrics)
        try visitor.member("bootstrap_draws", &bootstrap.draws)
        try visitor.member("bootstrap_seed", &bootstrap.seed, .decimal)
        try visitor.member("confidence", &bootstrap.confidence)
        try visitor.member("drift_tolerance", &driftTolerance)
        try visitor.member("threshold", &threshold)
        visitor.end()
        try visitor.member("procedure", &procedure)
        try visitor.nullable("targets", &targets)
        try visitor.member("cases", &cases)
    }

    /// The place of the structure that a documented figure is of; nil for a mean, and for what isn't scored.
    func place(of subject: Targets.Figure.Subject) -> Int? {
        guard case .structure(let key) = subject else { return nil }
        return structures.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
    }

    /// SHA-256 of the run's own file.
    package var digest: String { SHA256Digest(of: json.encoded(.indented)).hexadecimal }
}
