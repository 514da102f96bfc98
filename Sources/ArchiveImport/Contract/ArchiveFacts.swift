import Bytes
import Contracts

/// What the configurations of an archive say, before it's held against the graph.
struct ArchiveFacts {
    /// A network as a configuration names it.
    struct Network {
        var name: String
        var arguments: [JSONValue.Member]
        var file: String
    }

    /// A list of cases, and what its header says.
    struct Cases {
        var dataset: ImagingContract.Dataset
        /// Names by label value.
        var labels: [Int: String] = [:]
        /// Modalities by channel.
        var modalities: [Int: String] = [:]
    }

    /// A number of channels and who says it.
    struct Count {
        var channels: Int
        var source: String
    }

    var name: String
    var task: ImagingContract.Task?
    var text = ""
    /// Whether a description without a name may identify one of the published models.
    var isOfPublishedKind = false
    /// Names of what's segmented, without background.
    var labels: [String] = []
    var inputNodes: [String] = []
    var outputNodes: [String] = []
    var inputField: String?
    var outputField: String?
    var layout: ImagingContract.Layout?
    var inputCounts: [Count] = []
    var outputCounts: [Count] = []
    /// Names of channels and labels the archive gives by number.
    var inputNames: [Int: String] = [:]
    var outputNames: [Int: String] = [:]
    var network: Network?
    var pipelines: [ImagingPipeline] = []
    var labelTransforms: [ImagingTransform] = []
    var metrics: [ImagingTransform] = []
    var cases: [Cases] = []
    var documentedScores: [ImagingContract.Target] = []
    /// Whether inference is meant to run with the statistics of its own batch.
    var infersInTrainingMode = false
    var sources: [ImagingContract.Source] = []
    var notes: [String] = []

    init(name: String) { self.name = name }

    /// Notes that `file` said `part`.
    mutating func credit(_ file: String, with part: String) {
        let source = ImagingContract.Source(part: part, file: file)
        if !sources.contains(source) { sources.append(source) }
    }

    /// Modalities by channel, as a list of cases gives them.
    var modalities: [Int: String] { cases.first { !$0.modalities.isEmpty }?.modalities ?? [:] }

    /// The number of input channels where the graph doesn't show it: as a configuration says, else one a modality.
    var expectedInputCount: Int? {
        let modalities = modalities
        let counted = modalities.isEmpty || modalities.keys.contains { $0 >= modalities.count } ? nil : modalities.count
        return inputCounts.first?.channels ?? counted
    }

    /// The last layer's activation, as the network's arguments say it or leave it to their default.
    var activation: ImagingContract.Activation? {
        guard let network else { return nil }
        let given = ImagingTransform(name: network.name, arguments: network.arguments).text("final_activation")
        switch given {
        case "softmax": return .softmax
        case "sigmoid": return .sigmoid
        case "linear", "none": return ImagingContract.Activation.none
        case nil: return ["SegAhnet", "SegResnet"].contains(network.name) ? .softmax : nil
        default: return nil
        }
    }
}
