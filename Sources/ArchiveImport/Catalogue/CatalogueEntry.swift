import Bytes

/// One published model. What isn't known is nil, and what's known says how surely.
public struct CatalogueEntry: Sendable, Hashable {
    public enum Task: String, Sendable, CaseIterable {
        case segmentation, classification, annotation
    }

    public enum Confidence: String, Sendable, CaseIterable {
        /// Read from the archive's own files, or the card says it.
        case certain
        /// Follows from what is known; not read from this archive.
        case likely
        case unknown
    }

    /// A later or other name.
    public struct Alias: Sendable, Hashable {
        /// Whether that release has the same network.
        public enum Network: String, Sendable, CaseIterable {
            case same, other, unknown
        }

        public var name: String
        public var network: Network
        /// The other network, where known.
        public var architecture: Architecture?
    }

    /// The network, by the class and the arguments its training configuration gives.
    public struct Architecture: Sendable, Hashable {
        public var family: String?
        public var confidence: Confidence
        /// The class's name in Clara Train.
        public var className: String?
        public var arguments: [JSONValue.Member]?
        public var argumentsConfidence: Confidence
        public var note: String?
    }

    public struct Channel: Sendable, Hashable {
        public var name: String
        /// `CT`, `MR` or `CR`, as DICOM abbreviates them; nil for what isn't an image.
        public var modality: String?
    }

    public enum Shape: Sendable, Hashable {
        case fixed([Int])
        case dynamic
    }

    public struct Input: Sendable, Hashable {
        /// In the order the network takes them.
        public var channels: [Channel]
        /// Of the graph; more than `channels` where the image is repeated.
        public var graphChannels: Int
        /// `channels_first` or `channels_last`.
        public var layout: String
        /// Spatial, of the training graph as documented.
        public var shape: Shape?
        /// What the card calls the actual input.
        public var actualShape: [Int]?
        public var confidence: Confidence
        public var note: String?
    }

    public struct Label: Sendable, Hashable {
        /// The output channel.
        public var index: Int
        public var name: String
        /// What the card calls it; nil where it doesn't.
        public var documented: String?
    }

    public struct Output: Sendable, Hashable {
        public var documentedChannels: Int?
        /// Of the graph.
        public var channels: Int?
        public var activation: String?
        public var labels: [Label]
        /// How surely `channels`, `activation` and `labels` are known.
        public var confidence: Confidence
        public var note: String?
    }

    public struct Data: Sendable, Hashable {
        public var dataset: String?
        /// The task's archive.
        public var archive: String?
        public var labelled: Int?
        public var unlabelled: Int?
        public var training: Int?
        public var validation: Int?
        /// In millimetres.
        public var resolution: [Double]?
        /// The command that brought the data there.
        public var conversion: String?
    }

    public struct Training: Sendable, Hashable {
        public var script: String?
        public var gpuMemory: Int?
    }

    /// How intensities are scaled before inference.
    public struct Intensity: Sendable, Hashable {
        public var transform: String?
        public var arguments: [JSONValue.Member]?
        public var confidence: Confidence
        public var note: String?
    }

    /// A documented score on the validation data.
    public struct Target: Sendable, Hashable {
        public enum Metric: String, Sendable, CaseIterable {
            case dice, auc
        }

        public var metric: Metric
        public var name: String
        /// What the card calls it.
        public var documented: String
        /// The output channel it's for; nil for a mean.
        public var label: Int?
        public var value: Double
    }

    /// What the card says and isn't so.
    public struct Erratum: Sendable, Hashable {
        public var documented: String
        public var reading: String
    }

    public var name: String
    public var title: String
    public var task: Task
    /// Words that stand in every description of this model and of no other of its task.
    public var keywords: [String]
    public var aliases: [Alias]
    public var architecture: Architecture
    public var input: Input
    public var output: Output
    public var data: Data
    public var training: Training
    public var intensity: Intensity
    public var targets: [Target]
    /// Papers, as arXiv numbers.
    public var references: [String]
    public var errata: [Erratum]
    public var notes: [String]
    /// The entry as it stands in the catalogue.
    public let json: JSONValue

    /// Its name and the later ones.
    public var allNames: [String] { [name] + aliases.map(\.name) }

    /// Whether the model published under `name` has the network described here.
    func network(of name: String) -> Alias.Network {
        aliases.first { $0.name == Catalogue.normalized(name) }?.network ?? .same
    }
}
