import Bytes
import Contracts
import Engine
import Glibc
import Imaging
import Tensors

/// What a classifier says of one image.
package struct Classification: Sendable {
    package var files: [String]
    /// By output channel.
    package var scores: [(label: ImagingContract.Label, value: Double)]
    /// Whether the scores are probabilities; logits where the model doesn't say how it ends.
    package var areProbabilities: Bool
    package var notes: [String]
}

/// Images in, a score a label out: what `osteon classify` does.
package final class ModelClassification {
    package let network: ImageNetwork
    package let preprocessor: ImagePreprocessor
    private let contract: ImagingContract
    private let activation: ImagingContract.Activation?

    package init(_ model: Model, _ options: ImagingOptions = ImagingOptions(), engine: PlanOptions = PlanOptions()) throws(OsteonError) {
        contract = try model.imagingContract(options)
        guard contract.task != .segmentation, contract.task != .annotation else {
            throw OsteonError(.usage, "\(contract.name) makes masks; use `osteon segment`.")
        }
        network = try ImageNetwork(model, contract, engine: engine)
        preprocessor = try options.preprocessor(contract, network)
        activation = Self.activation(contract, options)
    }

    /// What turns the output into probabilities: nothing where the graph ends in them, else what the post-processing says.
    private static func activation(_ contract: ImagingContract, _ options: ImagingOptions) -> ImagingContract.Activation? {
        let steps = options.ownPipeline?.postprocessing ?? contract.postprocessing
        for step in steps where step.isNamed("Activations") {
            if step.flag("sigmoid") == true { return .sigmoid }
            if step.flag("softmax") == true { return .softmax }
        }
        return nil
    }

    package func run(_ files: [String]) throws(OsteonError) -> Classification {
        let prepared = try preprocessor.load(files)
        let volume = prepared.volume
        var output = try network.run(volume.tensor.reshaped([1] + volume.tensor.shape))
        guard output.shape.first == 1 else { throw OsteonError(.unsupported, "The network gives \(output.type) for one image.") }
        output = try output.reshaped([output.count])
        let scores = try output.doubles()
        guard scores.count <= 100_000, scores.count >= 1 else {
            throw OsteonError(.usage, "The network gives \(scores.count) values for an image; that's no classification.")
        }
        guard scores.allSatisfy({ !$0.isNaN }) else {
            throw OsteonError(.unsupported, "The network's output isn't all numbers for \(files.joined(separator: ", ")).")
        }
        let values = Self.activated(scores, activation)
        let labels = contract.output.labels
        return Classification(
            files: files,
            scores: values.enumerated().map { index, value in
                (labels.first { $0.index == index } ?? .init(index: index, name: "label \(index)"), value)
            },
            areProbabilities: activation != nil || contract.output.activation == .sigmoid || contract.output.activation == .softmax,
            notes: prepared.notes)
    }

    private static func activated(_ scores: [Double], _ activation: ImagingContract.Activation?) -> [Double] {
        switch activation {
        case .sigmoid: return scores.map { 1 / (1 + exp(-$0)) }
        case .softmax:
            let largest = scores.max() ?? 0
            let powers = scores.map { exp($0 - largest) }
            let sum = powers.reduce(0, +)
            return powers.map { $0 / sum }
        default: return scores
        }
    }
}
