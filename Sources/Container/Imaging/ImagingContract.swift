import Bytes

/// How a model is used on images: what its channels and labels mean, what happens before and after inference, and the
/// scores it's documented to reach.
///
/// Read from the configurations around a model, written into the native file as `imaging`; `formats/osteon.md` is the norm.
/// Nothing here changes what the graph computes.
package struct ImagingContract: Sendable, Hashable {
    package static let schema = "osteon.imaging.1"

    package enum Task: String, Sendable, CaseIterable {
        case segmentation, classification, annotation, deepgrow, pipeline, other, unknown
    }

    /// One channel of the input.
    package struct Channel: Sendable, Hashable {
        package var name: String
        /// `CT`, `MR`, …, or whatever the archive says; nil where it doesn't.
        package var modality: String?

        package init(name: String, modality: String? = nil) {
            self.name = name
            self.modality = modality
        }
    }

    /// Where the channels are: axis 1, or the last axis.
    package enum Layout: String, Sendable, CaseIterable {
        case channelsFirst = "channels_first"
        case channelsLast = "channels_last"
    }

    package struct Input: Sendable, Hashable {
        /// The graph's input.
        package var name: String
        /// What the transforms call it.
        package var field: String
        package var layout: Layout
        /// In order; empty where their number isn't known.
        package var channels: [Channel]

        package init(name: String, field: String = "image", layout: Layout = .channelsFirst, channels: [Channel] = []) {
            self.name = name
            self.field = field
            self.layout = layout
            self.channels = channels
        }
    }

    /// What the last layer of the graph has done to its logits.
    package enum Activation: String, Sendable, CaseIterable {
        case softmax, sigmoid, none
    }

    /// A name for one channel of the output, which is also the value of `argmax`.
    package struct Label: Sendable, Hashable {
        package var index: Int
        package var name: String

        package init(index: Int, name: String) {
            self.index = index
            self.name = name
        }
    }

    package struct Output: Sendable, Hashable {
        /// The graph's output.
        package var name: String
        /// What the transforms call it.
        package var field: String
        package var layout: Layout
        package var channels: Int?
        /// nil where it isn't known.
        package var activation: Activation?
        /// By index, rising; may leave channels without a name.
        package var labels: [Label]

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
    }

    /// A list of cases the archive names; the cases themselves aren't carried.
    package struct Dataset: Sendable, Hashable {
        package struct List: Sendable, Hashable {
            package var name: String
            package var count: Int

            package init(name: String, count: Int) {
                self.name = name
                self.count = count
            }
        }

        /// The file in the archive.
        package var file: String
        /// The data set's own name; empty where it gives none.
        package var name: String
        package var lists: [List]

        package init(file: String, name: String = "", lists: [List] = []) {
            self.file = file
            self.name = name
            self.lists = lists
        }
    }

    /// A score the model is documented to reach.
    package struct Target: Sendable, Hashable {
        /// `dice` or `auc`.
        package var metric: String
        package var name: String
        /// The output channel it's for; nil for a mean.
        package var label: Int?
        package var value: Double

        package init(metric: String, name: String, label: Int? = nil, value: Double) {
            self.metric = metric
            self.name = name
            self.label = label
            self.value = value
        }
    }

    /// What the model's card says.
    package struct Documentation: Sendable, Hashable {
        /// The name it's published under.
        package var model: String
        /// Output channels by the card, and of the network as it is.
        package var documentedChannels: Int?
        package var channels: Int?
        package var targets: [Target]
        package var notes: [String]

        package init(
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
    package struct Source: Sendable, Hashable {
        package var part: String
        package var file: String

        package init(part: String, file: String) {
            self.part = part
            self.file = file
        }
    }

    /// The archive's name.
    package var name: String
    package var task: Task
    /// A sentence for people; empty for none.
    package var text: String
    package var input: Input
    package var output: Output
    /// Ways to run the model, the preferred one first: archives give one for validation and one for their server.
    package var pipelines: [ImagingPipeline]
    /// What makes reference labels comparable with the output.
    package var labelTransforms: [ImagingTransform]
    package var metrics: [ImagingTransform]
    package var datasets: [Dataset]
    package var documentation: Documentation?
    package var sources: [Source]
    /// Where the archive contradicts itself, or wasn't understood.
    package var notes: [String]

    package init(
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
    package var preprocessing: [ImagingTransform] { pipelines.first { !$0.preprocessing.isEmpty }?.preprocessing ?? [] }
    package var window: ImagingWindow? { pipelines.lazy.compactMap(\.window).first }
    package var postprocessing: [ImagingTransform] { pipelines.first { !$0.postprocessing.isEmpty }?.postprocessing ?? [] }
}
