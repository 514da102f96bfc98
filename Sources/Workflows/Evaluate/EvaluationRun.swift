import Bytes
import Metrics

/// What is evaluated, on what, and how: all that a result depends on but the voxels.
///
/// It's the same for every shard of a run, and its digest stands in every case's record, so that records of different runs
/// are never mixed.
package struct EvaluationRun: Sendable, Hashable {
    package static let schema = "osteon.evaluation.run.2"

    package enum Task: String, Sendable, CaseIterable {
        case segmentation, classification
    }

    /// A model by what's in it, not by where it lies.
    package struct ModelIdentity: Sendable, Hashable {
        /// The file's or folder's name.
        package var name: String
        /// The files read, by name, with their SHA-256.
        package var files: [File]

        package struct File: Sendable, Hashable {
            package var name: String
            package var sha256: String

            package init(name: String, sha256: String) {
                self.name = name
                self.sha256 = sha256
            }
        }

        package init(name: String, files: [File]) {
            self.name = name
            self.files = files
        }
    }

    /// What is scored: a label value, a region, or a finding.
    package struct Structure: Sendable, Hashable {
        /// The output channel, which for masks of one channel is the label's value; the region's place in the data list.
        package var index: Int
        package var name: String
        /// The label values that are the structure together, where the data list has regions; nil for a label or channel.
        package var values: [Int]?
        /// As nnU-Net's `summary.json` writes it.
        package var key: String

        package init(index: Int, name: String) {
            self.init(index: index, name: name, values: nil, key: String(index))
        }

        package init(index: Int, name: String, values: [Int]?, key: String) {
            self.index = index
            self.name = name
            self.values = values
            self.key = key
        }
    }

    package struct Case: Sendable, Hashable {
        package var name: String
        /// As in the data list, and so without folders above the data.
        package var images: [String]
        /// The reference's file; empty where the list itself says what's right.
        package var label: String

        package init(name: String, images: [String], label: String) {
            self.name = name
            self.images = images
            self.label = label
        }
    }

    /// Documented figures to hold the result to.
    package struct Targets: Sendable, Hashable {
        package struct Figure: Sendable, Hashable {
            /// What a documented figure is of.
            package enum Subject: Sendable, Hashable {
                /// The mean over structures or findings.
                case mean
                /// The structure with this key.
                case structure(String)
                /// Nothing that this run scores: the data list's structures are others than the model's documented ones.
                case missing
            }

            /// `dice` or `auc`.
            package var metric: String
            package var name: String
            package var subject: Subject
            package var value: Double

            package init(metric: String, name: String, subject: Subject, value: Double) {
                self.metric = metric
                self.name = name
                self.subject = subject
                self.value = value
            }

            /// - Parameter index: the structure it's of; nil for a mean.
            package init(metric: String, name: String, index: Int?, value: Double) {
                self.init(metric: metric, name: name, subject: index.map { .structure(String($0)) } ?? .mean, value: value)
            }
        }

        package var model: String
        package var tolerance: Double
        package var figures: [Figure]

        package init(model: String, tolerance: Double, figures: [Figure]) {
            self.model = model
            self.tolerance = tolerance
            self.figures = figures
        }
    }

    package var tool: String
    package var task: Task
    package var model: ModelIdentity
    package var against: ModelIdentity?
    /// The data list's file name, its SHA-256, and which of its lists.
    package var dataset: String
    package var datasetHash: String
    package var list: String
    package var structures: [Structure]
    /// Which values label maps may hold, and what they mean.
    package var labels: LabelMeaning
    package var metrics: MetricSettings
    package var bootstrap: Bootstrap
    /// How far a case may move from one model to the other before it counts.
    package var driftTolerance: Double
    /// At or above it a score counts as a finding.
    package var threshold: Double
    /// How images are prepared and led through the network, for people.
    package var procedure: [String]
    package var targets: Targets?
    package var cases: [Case]

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

    /// The place of the structure that a documented figure is of; nil for a mean, and for what isn't scored.
    func place(of subject: Targets.Figure.Subject) -> Int? {
        guard case .structure(let key) = subject else { return nil }
        return structures.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
    }

    /// SHA-256 of the run's own file.
    package var digest: String { SHA256Digest(of: json.encoded(.indented)).hexadecimal }
}
