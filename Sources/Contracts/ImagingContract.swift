import Bytes

/// How a model is used on images: what its channels and labels mean, what happens before and after inference, and the
/// scores it's documented to reach.
///
/// Read from the configurations around a model, written into the native file as `imaging`; `formats/osteon.md` is the norm.
/// Nothing here changes what the graph computes.
package struct ImagingContract: Record, Hashable {
    package enum Task: String, JSONEnum {
        case segmentation, classification, annotation, deepgrow, pipeline, other, unknown
    }

    /// The archive's name.
    package var name = ""
    package var task = Task.unknown
    /// A sentence for people; empty for none.
    package var text = ""
    package var input = Input()
    package var output = Output()
    /// Ways to run the model, the preferred one first: archives give one for validation and one for their server.
    package var pipelines: [ImagingPipeline] = []
    /// What makes reference labels comparable with the output.
    package var labelTransforms: [ImagingTransform] = []
    package var metrics: [ImagingTransform] = []
    package var datasets: [Dataset] = []
    package var documentation: Documentation?
    package var sources: [Source] = []
    /// Where the archive contradicts itself, or wasn't understood.
    package var notes: [String] = []

    package init() {}

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

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.schema("osteon.imaging.1")
        try visitor.member("name", &name)
        try visitor.member("task", &task)
        try visitor.member("description", &text, omitting: "")
        try visitor.member("input", &input)
        try visitor.member("output", &output)
        try visitor.member("pipelines", &pipelines)
        try visitor.member("label_transforms", &labelTransforms)
        try visitor.member("metrics", &metrics)
        try visitor.member("datasets", &datasets)
        try visitor.optional("documentation", &documentation)
        try visitor.member("sources", &sources)
        try visitor.member("notes", &notes)
    }

    /// Before inference, in the preferred pipeline that says it.
    package var preprocessing: [ImagingTransform] { pipelines.first { !$0.preprocessing.isEmpty }?.preprocessing ?? [] }
    package var window: ImagingWindow? { pipelines.lazy.compactMap(\.window).first }
    package var postprocessing: [ImagingTransform] { pipelines.first { !$0.postprocessing.isEmpty }?.postprocessing ?? [] }
}
