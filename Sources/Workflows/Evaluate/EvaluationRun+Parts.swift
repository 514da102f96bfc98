import Bytes
import Metrics

extension EvaluationRun {
    /// A model by what's in it, not by where it lies.
    package struct ModelIdentity: Record, Hashable {
        package static let ignoresUnknownMembers = true

        /// The file's or folder's name.
        package var name = ""
        /// The files read, by name, with their SHA-256.
        package var files: [File] = []

        package struct File: Record, Hashable {
            package static let ignoresUnknownMembers = true

            package var name = ""
            package var sha256 = ""

            package init() {}

            package init(name: String, sha256: String) {
                self.name = name
                self.sha256 = sha256
            }

            package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
                try visitor.member("name", &name)
                try visitor.member("sha256", &sha256)
            }
        }

        package init() {}

        package init(name: String, files: [File]) {
            self.name = name
            self.files = files
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.member("files", &files)
        }
    }

    /// What is scored: a label value, a region, or a finding.
    package struct Structure: Record, Hashable {
        package static let ignoresUnknownMembers = true

        /// The output channel, which for masks of one channel is the label's value; the region's place in the data list.
        package var index = 0
        package var name = ""
        /// As nnU-Net's `summary.json` writes it.
        package var key = ""
        /// The label values that are the structure together, where the data list has regions; nil for a label or channel.
        package var values: [Int]?

        package init() {}

        package init(index: Int, name: String) {
            self.init(index: index, name: name, values: nil, key: String(index))
        }

        package init(index: Int, name: String, values: [Int]?, key: String) {
            self.index = index
            self.name = name
            self.values = values
            self.key = key
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("index", &index)
            try visitor.member("name", &name)
            try visitor.member("key", &key)
            try visitor.nullable("values", &values)
        }
    }

    package struct Case: Record, Hashable {
        package static let ignoresUnknownMembers = true

        package var name = ""
        /// As in the data list, and so without folders above the data.
        package var images: [String] = []
        /// The reference's file; empty where the list itself says what's right.
        package var label = ""

        package init() {}

        package init(name: String, images: [String], label: String) {
            self.name = name
            self.images = images
            self.label = label
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.member("images", &images)
            try visitor.member("label", &label)
        }
    }

    /// Documented figures to hold the result to.
    package struct Targets: Record, Hashable {
        package static let ignoresUnknownMembers = true

        package var model = ""
        package var tolerance = 0.0
        package var figures: [Figure] = []

        package init() {}

        package init(model: String, tolerance: Double, figures: [Figure]) {
            self.model = model
            self.tolerance = tolerance
            self.figures = figures
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("model", &model)
            try visitor.member("tolerance", &tolerance)
            try visitor.member("figures", &figures)
        }
    }
}

extension EvaluationRun.Targets {
    package struct Figure: Record, Hashable {
        package static let ignoresUnknownMembers = true

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
        package var metric = ""
        package var name = ""
        package var subject = Subject.mean
        package var value = 0.0

        package init() {}

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

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            var (word, key) = subject.words
            try visitor.member("metric", &metric)
            try visitor.member("name", &name)
            try visitor.member("of", &word)
            try visitor.nullable("structure", &key)
            try visitor.member("value", &value)
            let found = Subject(word, key)
            try visitor.require(found != nil, "A target is of the mean, of a structure by its key, or of nothing.")
            if let found { subject = found }
        }
    }
}

extension EvaluationRun.Targets.Figure.Subject {
    fileprivate var words: (word: String, key: String?) {
        switch self {
        case .mean: ("mean", nil)
        case .structure(let key): ("structure", key)
        case .missing: ("nothing", nil)
        }
    }

    fileprivate init?(_ word: String, _ key: String?) {
        switch (word, key) {
        case ("mean", nil): self = .mean
        case ("structure", let key?): self = .structure(key)
        case ("nothing", nil): self = .missing
        default: return nil
        }
    }
}
