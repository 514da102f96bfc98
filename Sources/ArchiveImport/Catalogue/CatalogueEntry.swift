import Bytes

/// One published model. What isn't known is nil, and what's known says how surely.
package struct CatalogueEntry: Sendable, Hashable {
    package enum Task: String, Sendable, CaseIterable {
        case segmentation, classification, annotation
    }

    package enum Confidence: String, Sendable, CaseIterable {
        /// Read from the archive's own files, or the card says it.
        case certain
        /// Follows from what is known; not read from this archive.
        case likely
        case unknown
    }

    /// A later or other name.
    package struct Alias: Sendable, Hashable {
        /// Whether that release has the same network.
        package enum Network: String, Sendable, CaseIterable {
            case same, other, unknown
        }

        package var name: String
        package var network: Network
        /// The other network, where known.
        package var architecture: Architecture?
    }

    /// The network, by the class and the arguments its training configuration gives.
    package struct Architecture: Sendable, Hashable {
        package var family: String?
        package var confidence: Confidence
        /// The class's name in Clara Train.
        package var className: String?
        package var arguments: [JSONValue.Member]?
        package var argumentsConfidence: Confidence
        package var note: String?
    }

    package struct Channel: Sendable, Hashable {
        package var name: String
        /// `CT`, `MR` or `CR`, as DICOM abbreviates them; nil for what isn't an image.
        package var modality: String?
    }

    package enum Shape: Sendable, Hashable {
        case fixed([Int])
        case dynamic
    }

    package struct Input: Sendable, Hashable {
        /// In the order the network takes them.
        package var channels: [Channel]
        /// Of the graph; more than `channels` where the image is repeated.
        package var graphChannels: Int
        /// `channels_first` or `channels_last`.
        package var layout: String
        /// Spatial, of the training graph as documented.
        package var shape: Shape?
        /// What the card calls the actual input.
        package var actualShape: [Int]?
        package var confidence: Confidence
        package var note: String?
    }

    package struct Label: Sendable, Hashable {
        /// The output channel.
        package var index: Int
        package var name: String
        /// What the card calls it; nil where it doesn't.
        package var documented: String?
    }

    package struct Output: Sendable, Hashable {
        package var documentedChannels: Int?
        /// Of the graph.
        package var channels: Int?
        package var activation: String?
        package var labels: [Label]
        /// How surely `channels`, `activation` and `labels` are known.
        package var confidence: Confidence
        package var note: String?
    }

    package struct Data: Sendable, Hashable {
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
    }

    package struct Training: Sendable, Hashable {
        package var script: String?
        package var gpuMemory: Int?
    }

    /// How intensities are scaled before inference.
    package struct Intensity: Sendable, Hashable {
        package var transform: String?
        package var arguments: [JSONValue.Member]?
        package var confidence: Confidence
        package var note: String?
    }

    /// A documented score on the validation data.
    package struct Target: Sendable, Hashable {
        package enum Metric: String, Sendable, CaseIterable {
            case dice, auc
        }

        package var metric: Metric
        package var name: String
        /// What the card calls it.
        package var documented: String
        /// The output channel it's for; nil for a mean.
        package var label: Int?
        package var value: Double
    }

    /// What the card says and isn't so.
    package struct Erratum: Sendable, Hashable {
        package var documented: String
        package var reading: String
    }

    package var name: String
    package var title: String
    package var task: Task
    /// Words that stand in every description of this model and of no other of its task.
    package var keywords: [String]
    package var aliases: [Alias]
    package var architecture: Architecture
    package var input: Input
    package var output: Output
    package var data: Data
    package var training: Training
    package var intensity: Intensity
    package var targets: [Target]
    /// Papers, as arXiv numbers.
    package var references: [String]
    package var errata: [Erratum]
    package var notes: [String]
    /// The entry as it stands in the catalogue.
    package let json: JSONValue

    /// Its name and the later ones.
    package var allNames: [String] { [name] + aliases.map(\.name) }

    /// Whether the model published under `name` has the network described here.
    func network(of name: String) -> Alias.Network {
        aliases.first { $0.name == Catalogue.normalized(name) }?.network ?? .same
    }
}
