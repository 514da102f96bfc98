import Bytes

extension ImagingContract {
    /// Where the channels are: axis 1, or the last axis.
    package enum Layout: String, JSONEnum {
        case channelsFirst = "channels_first"
        case channelsLast = "channels_last"
    }

    package struct Input: Record, Hashable {
        /// The graph's input.
        package var name = ""
        /// What the transforms call it.
        package var field = "image"
        package var layout = Layout.channelsFirst
        /// In order; empty where their number isn't known.
        package var channels: [Channel] = []

        package init() {}

        package init(name: String, field: String = "image", layout: Layout = .channelsFirst, channels: [Channel] = []) {
            self.name = name
            self.field = field
            self.layout = layout
            self.channels = channels
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.member("field", &field)
            try visitor.member("layout", &layout)
            try visitor.member("channels", &channels)
        }
    }

    /// One channel of the input.
    package struct Channel: Record, Hashable {
        package var name = ""
        /// `CT`, `MR`, …, or whatever the archive says; nil where it doesn't.
        package var modality: String?

        package init() {}

        package init(name: String, modality: String? = nil) {
            self.name = name
            self.modality = modality
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.optional("modality", &modality)
        }
    }

    /// What the last layer of the graph has done to its logits.
    package enum Activation: String, JSONEnum {
        case softmax, sigmoid, none
    }

    package struct Output: Record, Hashable {
        /// The graph's output.
        package var name = ""
        /// What the transforms call it.
        package var field = "model"
        package var layout = Layout.channelsFirst
        package var channels: Int?
        /// nil where it isn't known.
        package var activation: Activation?
        /// By index, rising; may leave channels without a name.
        package var labels: [Label] = []

        package init() {}

        package init(
            name: String, field: String = "model", layout: Layout = .channelsFirst, channels: Int? = nil,
            activation: Activation? = nil, labels: [Label] = []
        ) {
            self.name = name
            self.field = field
            self.layout = layout
            self.channels = channels
            self.activation = activation
            self.labels = labels
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.member("field", &field)
            try visitor.member("layout", &layout)
            try visitor.optional("channels", &channels, .count)
            try visitor.optional("activation", &activation)
            try visitor.member("labels", &labels)
            try visitor.require(
                zip(labels, labels.dropFirst()).allSatisfy { $0.index < $1.index },
                "The labels don't stand in the order of their indices, each once.")
        }
    }

    /// A name for one channel of the output, which is also the value of `argmax`.
    package struct Label: Record, Hashable {
        package var index = 0
        package var name = ""

        package init() {}

        package init(index: Int, name: String) {
            self.index = index
            self.name = name
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("index", &index, .count)
            try visitor.member("name", &name)
        }
    }
}
