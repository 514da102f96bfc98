import Bytes

extension ImagingContract {
    /// A list of cases the archive names; the cases themselves aren't carried.
    package struct Dataset: Record, Hashable {
        package struct List: Record, Hashable {
            package var name = ""
            package var count = 0

            package init() {}

            package init(name: String, count: Int) {
                self.name = name
                self.count = count
            }

            package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
                try visitor.member("name", &name)
                try visitor.member("count", &count, .count)
            }
        }

        /// The file in the archive.
        package var file = ""
        /// The data set's own name; empty where it gives none.
        package var name = ""
        package var lists: [List] = []

        package init() {}

        package init(file: String, name: String = "", lists: [List] = []) {
            self.file = file
            self.name = name
            self.lists = lists
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("file", &file)
            try visitor.member("name", &name, omitting: "")
            try visitor.member("lists", &lists)
        }
    }

    /// A score the model is documented to reach.
    package struct Target: Record, Hashable {
        /// `dice` or `auc`.
        package var metric = ""
        package var name = ""
        /// The output channel it's for; nil for a mean.
        package var label: Int?
        package var value = 0.0

        package init() {}

        package init(metric: String, name: String, label: Int? = nil, value: Double) {
            self.metric = metric
            self.name = name
            self.label = label
            self.value = value
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("metric", &metric)
            try visitor.member("name", &name)
            try visitor.optional("label", &label, .count)
            try visitor.member("value", &value)
        }
    }

    /// What the model's card says.
    package struct Documentation: Record, Hashable {
        /// The name it's published under.
        package var model = ""
        /// Output channels by the card, and of the network as it is.
        package var documentedChannels: Int?
        package var channels: Int?
        package var targets: [Target] = []
        package var notes: [String] = []

        package init() {}

        package init(
            model: String, documentedChannels: Int? = nil, channels: Int? = nil, targets: [Target] = [], notes: [String] = []
        ) {
            self.model = model
            self.documentedChannels = documentedChannels
            self.channels = channels
            self.targets = targets
            self.notes = notes
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("model", &model)
            try visitor.optional("documented_channels", &documentedChannels, .count)
            try visitor.optional("channels", &channels, .count)
            try visitor.member("targets", &targets)
            try visitor.member("notes", &notes)
        }
    }

    /// Which file of the archive said what.
    package struct Source: Record, Hashable {
        package var part = ""
        package var file = ""

        package init() {}

        package init(part: String, file: String) {
            self.part = part
            self.file = file
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("part", &part)
            try visitor.member("file", &file)
        }
    }
}
