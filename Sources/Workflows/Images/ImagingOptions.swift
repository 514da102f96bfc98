import ArchiveImport
import Bytes
import Contracts
import GraphIR
import Imaging
import Tensors

/// How a model is applied to images; what's nil follows the model's contract.
package struct ImagingOptions: Sendable {
    package var pipeline = PipelineChoice.forScans
    /// A pipeline of the user's own, in place of the contract's.
    package var ownPipeline: ImagingPipeline?
    package var window: [Int]?
    package var overlap: Double?
    package var blend: SlidingWindow.Blend?
    package var stepping = SlidingWindow.Stepping.monai
    package var padding: Padding?
    package var batch: Int?
    /// For models that don't say how their output becomes a mask.
    package var decision: MaskChoice?
    /// Which way axes run where the pipeline doesn't say.
    package var orientation = OrientationRule.orientation(.ras)
    package var limits = VolumeLimits()

    package init() {}
}

extension ImagingOptions {
    /// The preprocessor of a network's contract, these options applied.
    func preprocessor(_ contract: ImagingContract, _ network: ImageNetwork) throws(OsteonError) -> ImagePreprocessor {
        var result = try ImagePreprocessor(contract, pipeline)
        result.limits = limits
        result.networkExtents = network.fixedExtents ?? window
        // A flat network goes through slices along the file's last axis.
        result.orientation = network.spatialRank == 2 ? .asStored : orientation
        return result
    }
}

extension Model {
    /// The model's contract with the user's own pipeline in it, or one made for a model that has none.
    /// - Throws: `.usage` where a model without contract is given no pipeline.
    package func imagingContract(_ options: ImagingOptions) throws(OsteonError) -> ImagingContract {
        var contract: ImagingContract
        if let imaging {
            contract = imaging
        } else {
            guard options.ownPipeline != nil else {
                throw OsteonError(
                    .usage,
                    """
                    The model has no description of its images (\(path) is a network alone); give its transforms with \
                    \(Parameter.transforms) FILE.json, or the archive it belongs to.
                    """
                )
            }
            contract = try bareContract()
        }
        if let own = options.ownPipeline { contract.pipelines = [own] }
        return contract
    }

    /// The only input and output, channels by the graph.
    private func bareContract() throws(OsteonError) -> ImagingContract {
        guard graph.inputs.count == 1, let input = graph.inputs.first, let output = graph.outputs.first else {
            throw OsteonError(
                .usage,
                """
                The network has inputs \(inputNames.joined(separator: ", ")); cut it to the image with \(Parameter.input) and \
                \(Parameter.output).
                """
            )
        }
        var contract = ImagingContract(
            name: path, task: .unknown, input: .init(name: graph[input].name), output: .init(name: graph[output].name))
        let shape = graph.type(input).shape ?? []
        if shape.count >= 4, let first = shape[1].fixed, shape[shape.count - 1].fixed.map({ first <= $0 }) ?? true { return contract }
        if shape.count >= 4, let last = shape[shape.count - 1].fixed, last <= 16 {
            contract.input.layout = .channelsLast
            contract.output.layout = .channelsLast
        }
        return contract
    }
}
