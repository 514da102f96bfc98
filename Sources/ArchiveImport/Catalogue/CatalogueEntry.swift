import Bytes

/// One published model. What isn't known is nil, and what's known says how surely. Every member stands in the catalogue, nil as null.
package struct CatalogueEntry: Record, Hashable {
    package enum Task: String, JSONEnum {
        case segmentation, classification, annotation
    }

    package enum Confidence: String, JSONEnum {
        /// Read from the archive's own files, or the card says it.
        case certain
        /// Follows from what is known; not read from this archive.
        case likely
        case unknown
    }

    /// A later or other name.
    package struct Alias: Record, Hashable {
        /// Whether that release has the same network.
        package enum Network: String, JSONEnum {
            case same, other, unknown
        }

        package var name = ""
        package var network = Network.unknown
        /// The other network, where known.
        package var architecture: Architecture?

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.member("network", &network)
            try visitor.nullable("architecture", &architecture)
        }
    }

    /// The network, by the class and the arguments its training configuration gives.
    package struct Architecture: Record, Hashable {
        package var family: String?
        package var confidence = Confidence.unknown
        /// The class's name in Clara Train.
        package var className: String?
        package var arguments: [JSONValue.Member]?
        package var argumentsConfidence = Confidence.unknown
        package var note: String?

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.nullable("family", &family)
            try visitor.member("confidence", &confidence)
            try visitor.nullable("class", &className)
            try visitor.nullable("arguments", &arguments, .members)
            try visitor.member("arguments_confidence", &argumentsConfidence)
            try visitor.nullable("note", &note)
        }
    }

    package struct Channel: Record, Hashable {
        package var name = ""
        /// `CT`, `MR` or `CR`, as DICOM abbreviates them; nil for what isn't an image.
        package var modality: String?

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.nullable("modality", &modality)
        }
    }

    /// An array of extents, or the word `dynamic`.
    package enum Shape: JSONCodable, Hashable {
        case fixed([Int])
        case dynamic

        package var json: JSONValue {
            switch self {
            case .fixed(let extents): extents.json
            case .dynamic: "dynamic"
            }
        }

        package init(json: JSONValue) throws(OsteonError) {
            self = json == "dynamic" ? .dynamic : .fixed(try [Int](json: json))
        }
    }

    package struct Input: Record, Hashable {
        /// In the order the network takes them.
        package var channels: [Channel] = []
        /// Of the graph; more than `channels` where the image is repeated.
        package var graphChannels = 0
        /// `channels_first` or `channels_last`.
        package var layout = ""
        /// Spatial, of the training graph as documented.
        package var shape: Shape?
        /// What the card calls the actual input.
        package var actualShape: [Int]?
        package var confidence = Confidence.unknown
        package var note: String?

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("channels", &channels)
            try visitor.member("graph_channels", &graphChannels)
            try visitor.member("layout", &layout)
            try visitor.nullable("shape", &shape)
            try visitor.nullable("actual_shape", &actualShape)
            try visitor.member("confidence", &confidence)
            try visitor.nullable("note", &note)
        }
    }

    package struct Label: Record, Hashable {
        /// The output channel.
        package var index = 0
        package var name = ""
        /// What the card calls it; nil where it doesn't.
        package var documented: String?

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("index", &index)
            try visitor.member("name", &name)
            try visitor.nullable("documented", &documented)
        }
    }

    package struct Output: Record, Hashable {
        package var documentedChannels: Int?
        /// Of the graph.
        package var channels: Int?
        package var activation: String?
        package var labels: [Label] = []
        /// How surely `channels`, `activation` and `labels` are known.
        package var confidence = Confidence.unknown
        package var note: String?

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.nullable("documented_channels", &documentedChannels)
            try visitor.nullable("channels", &channels)
            try visitor.nullable("activation", &activation)
            try visitor.member("labels", &labels)
            try visitor.member("confidence", &confidence)
            try visitor.nullable("note", &note)
        }
    }

    package struct Data: Record, Hashable {
        package var dataset: String?
        /// The task's archive.
        package var archive: String?
        package var labelled: Int?
        package var unlabelled: Int?
        package var training: Int?
        package var validation: Int?
        /// In millimetres.
        package var resolution: [Double]?
        /// The command that brought the data there.
        package var conversion: String?

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.nullable("dataset", &dataset)
            try visitor.nullable("archive", &archive)
            try visitor.nullable("labelled", &labelled)
            try visitor.nullable("unlabelled", &unlabelled)
            try visitor.nullable("training", &training)
            try visitor.nullable("validation", &validation)
            try visitor.nullable("resolution", &resolution, JSONForm<Double>.brief.list)
            try visitor.nullable("conversion", &conversion)
        }
    }

    package struct Training: Record, Hashable {
        package var script: String?
        package var gpuMemory: Int?

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.nullable("script", &script)
            try visitor.nullable("gpu_memory_gb", &gpuMemory)
        }
    }

    /// How intensities are scaled before inference.
    package struct Intensity: Record, Hashable {
        package var transform: String?
        package var arguments: [JSONValue.Member]?
        package var confidence = Confidence.unknown
        package var note: String?

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.nullable("transform", &transform)
            try visitor.nullable("arguments", &arguments, .members)
            try visitor.member("confidence", &confidence)
            try visitor.nullable("note", &note)
        }
    }

    /// A documented score on the validation data.
    package struct Target: Record, Hashable {
        package enum Metric: String, JSONEnum {
            case dice, auc
        }

        package var metric = Metric.dice
        package var name = ""
        /// What the card calls it.
        package var documented = ""
        /// The output channel it's for; nil for a mean.
        package var label: Int?
        package var value = 0.0

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("metric", &metric)
            try visitor.member("name", &name)
            try visitor.member("documented", &documented)
            try visitor.nullable("label", &label)
            try visitor.member("value", &value)
        }
    }

    /// What the card says and isn't so.
    package struct Erratum: Record, Hashable {
        package var documented = ""
        package var reading = ""

        package init() {}

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("documented", &documented)
            try visitor.member("reading", &reading)
        }
    }

    package var name = ""
    package var title = ""
    package var task = Task.segmentation
    /// Words that stand in every description of this model and of no other of its task.
    package var keywords: [String] = []
    package var aliases: [Alias] = []
    package var architecture = Architecture()
    package var input = Input()
    package var output = Output()
    package var data = Data()
    package var training = Training()
    package var intensity = Intensity()
    package var targets: [Target] = []
    /// Papers, as arXiv numbers.
    package var references: [String] = []
    package var errata: [Erratum] = []
    package var notes: [String] = []

    package init() {}

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.member("name", &name)
        try visitor.member("title", &title)
        try visitor.member("task", &task)
        try visitor.member("keywords", &keywords)
        try visitor.member("aliases", &aliases)
        try visitor.member("architecture", &architecture)
        try visitor.member("input", &input)
        try visitor.member("output", &output)
        try visitor.member("data", &data)
        try visitor.member("training", &training)
        try visitor.member("intensity", &intensity)
        try visitor.member("targets", &targets)
        try visitor.member("references", &references)
        try visitor.member("errata", &errata)
        try visitor.member("notes", &notes)
    }

    /// Its name and the later ones.
    package var allNames: [String] { [name] + aliases.map(\.name) }

    /// Whether the model published under `name` has the network described here.
    func network(of name: String) -> Alias.Network {
        aliases.first { $0.name == Catalogue.normalized(name) }?.network ?? .same
    }
}
