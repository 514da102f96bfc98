import Bytes

/// How a model is used on images: what its channels and labels mean, what happens before and after inference, and the
/// scores it's documented to reach.
///
/// Read from the configurations around a model, written into the native file as `imaging`; `formats/osteon.md` is the norm.
/// Nothing here changes what the graph computes.
public struct ImagingContract: Sendable, Hashable {
    public static let schema = "osteon.imaging.1"

    public enum Task: String, Sendable, CaseIterable {
        case segmentation, classification, annotation, deepgrow, pipeline, other, unknown
    }

    /// One channel of the input.
    public struct Channel: Sendable, Hashable {
        public var name: String
        /// `CT`, `MR`, …, or whatever the archive says; nil where it doesn't.
        public var modality: String?

        public init(name: String, modality: String? = nil) {
            self.name = name
            self.modality = modality
        }
    }

    /// Where the channels are: axis 1, or the last axis.
    public enum Layout: String, Sendable, CaseIterable {
        case channelsFirst = "channels_first"
        case channelsLast = "channels_last"
    }

    public struct Input: Sendable, Hashable {
        /// The graph's input.
        public var name: String
        /// What the transforms call it.
        public var field: String
        public var layout: Layout
        /// In order; empty where their number isn't known.
        public var channels: [Channel]

        public init(name: String, field: String = "image", layout: Layout = .channelsFirst, channels: [Channel] = []) {
            self.name = name
            self.field = field
            self.layout = layout
            self.channels = channels
        }
    }

    /// What the last layer of the graph has done to its logits.
    public enum Activation: String, Sendable, CaseIterable {
        case softmax, sigmoid, none
    }

    /// A name for one channel of the output, which is also the value of `argmax`.
    public struct Label: Sendable, Hashable {
        public var index: Int
        public var name: String

        public init(index: Int, name: String) {
            self.index = index
            self.name = name
        }
    }

    public struct Output: Sendable, Hashable {
        /// The graph's output.
        public var name: String
        /// What the transforms call it.
        public var field: String
        public var layout: Layout
        public var channels: Int?
        /// nil where it isn't known.
        public var activation: Activation?
        /// By index, rising; may leave channels without a name.
        public var labels: [Label]

        public init(
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
    }

    /// A list of cases the archive names; the cases themselves aren't carried.
    public struct Dataset: Sendable, Hashable {
        public struct List: Sendable, Hashable {
            public var name: String
            public var count: Int

            public init(name: String, count: Int) {
                self.name = name
                self.count = count
            }
        }

        /// The file in the archive.
        public var file: String
        /// The data set's own name; empty where it gives none.
        public var name: String
        public var lists: [List]

        public init(file: String, name: String = "", lists: [List] = []) {
            self.file = file
            self.name = name
            self.lists = lists
        }
    }

    /// A score the model is documented to reach.
    public struct Target: Sendable, Hashable {
        /// `dice` or `auc`.
        public var metric: String
        public var name: String
        /// The output channel it's for; nil for a mean.
        public var label: Int?
        public var value: Double

        public init(metric: String, name: String, label: Int? = nil, value: Double) {
            self.metric = metric
            self.name = name
            self.label = label
            self.value = value
        }
    }

    /// What the model's card says.
    public struct Documentation: Sendable, Hashable {
        /// The name it's published under.
        public var model: String
        /// Output channels by the card, and of the network as it is.
        public var documentedChannels: Int?
        public var channels: Int?
        public var targets: [Target]
        public var notes: [String]

        public init(
            model: String, documentedChannels: Int? = nil, channels: Int? = nil, targets: [Target] = [], notes: [String] = []
        ) {
            self.model = model
            self.documentedChannels = documentedChannels
            self.channels = channels
            self.targets = targets
            self.notes = notes
        }
    }

    /// Which file of the archive said what.
    public struct Source: Sendable, Hashable {
        public var part: String
        public var file: String

        public init(part: String, file: String) {
            self.part = part
            self.file = file
        }
    }

    /// The archive's name.
    public var name: String
    public var task: Task
    /// A sentence for people; empty for none.
    public var text: String
    public var input: Input
    public var output: Output
    /// Ways to run the model, the preferred one first: archives give one for validation and one for their server.
    public var pipelines: [ImagingPipeline]
    /// What makes reference labels comparable with the output.
    public var labelTransforms: [ImagingTransform]
    public var metrics: [ImagingTransform]
    public var datasets: [Dataset]
    public var documentation: Documentation?
    public var sources: [Source]
    /// Where the archive contradicts itself, or wasn't understood.
    public var notes: [String]

    public init(
        name: String, task: Task, text: String = "", input: Input, output: Output, pipelines: [ImagingPipeline] = [],
        labelTransforms: [ImagingTransform] = [], metrics: [ImagingTransform] = [], datasets: [Dataset] = [],
        documentation: Documentation? = nil, sources: [Source] = [], notes: [String] = []
    ) {
        self.name = name
        self.task = task
        self.text = text
        self.input = input
        self.output = output
        self.pipelines = pipelines
        self.labelTransforms = labelTransforms
        self.metrics = metrics
        self.datasets = datasets
        self.documentation = documentation
        self.sources = sources
        self.notes = notes
    }

    /// Before inference, in the preferred pipeline that says it.
    public var preprocessing: [ImagingTransform] { pipelines.first { !$0.preprocessing.isEmpty }?.preprocessing ?? [] }
    public var window: ImagingWindow? { pipelines.lazy.compactMap(\.window).first }
    public var postprocessing: [ImagingTransform] { pipelines.first { !$0.postprocessing.isEmpty }?.postprocessing ?? [] }
}
