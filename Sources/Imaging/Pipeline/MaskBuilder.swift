import Bytes
import Contracts
import Tensors

/// Makes a mask of a network's output, slab by slab as far as the post-processing allows.
///
/// Steps that look at one voxel at a time run on each finished slab, so that for most models only bytes of labels are kept of
/// the whole volume, not the channels.
package struct MaskBuilder {
    private let contract: ImagingContract
    /// With the output's place among each step's fields.
    private var leading: [(step: any PointwiseTransform, field: Int)] = []
    private var rest: [any CaseTransform] = []
    private let field: String
    private let grid: VolumeGrid
    private var result: Tensor?
    private let choice: MaskChoice?
    private var decidesEarly = false

    /// - Parameters:
    ///   - image: what the network sees.
    ///   - choice: for models without post-processing; nil asks the contract's activation.
    package init(_ contract: ImagingContract, _ plan: ImagingPlan, on grid: VolumeGrid, choice: MaskChoice? = nil) throws(OsteonError) {
        self.contract = contract
        field = plan.output
        self.grid = grid
        self.choice = choice
        var steps = plan.postprocessing.filter { !($0 is NoTransform) }[...]
        while let step = steps.first as? any PointwiseTransform, let place = step.fields.firstIndex(of: field) {
            leading.append((step, place))
            steps.removeFirst()
        }
        rest = Array(steps)
        decidesEarly = rest.isEmpty
    }

    /// Takes one finished slab of the network's output.
    /// - Throws: `.unsupported` where a value isn't a number.
    package mutating func add(_ slab: WindowSlab) throws(OsteonError) {
        var tensor = slab.tensor
        let count = NumberCheck.count(tensor, includesInfinite: false)
        guard count == 0 else {
            throw OsteonError(
                .unsupported, "\(count) of \(tensor.count) values of the network's output aren't numbers; no mask can be made of them.")
        }
        for (step, place) in leading { tensor = try step.apply(tensor, field: place) }
        if decidesEarly { tensor = try decided(tensor) }
        try WindowSlab(start: slab.start, tensor: tensor).copy(into: &result, extents: grid.extents)
    }

    /// The mask on the grid of the scan: [1, …] of label values, or a channel of 0 and 1 for each of several regions.
    /// - Parameter fields: what the pipeline has made so far; the prepared image itself may have been released.
    package mutating func finish(_ fields: ImagingCase) throws(OsteonError) -> Volume {
        guard let result else { throw OsteonError(.internalFault, "The network gave no output.") }
        var fields = fields
        fields.set(field, try Volume(result, on: grid))
        self.result = nil
        try ImagingPlan.run(rest, on: &fields)
        var mask = try fields.take(field)
        mask.tensor = try decided(mask.tensor)
        return try mask.restored(.nearest)
    }

    /// Bytes stay; other values are decided on.
    private func decided(_ tensor: Tensor) throws(OsteonError) -> Tensor {
        guard tensor.elementType != .u8 else { return tensor }
        guard let decision = MaskDecision(contract.output, channels: tensor.shape[0], choice: choice) else {
            throw OsteonError(
                .usage,
                """
                The model doesn't say how its \(tensor.shape[0]) output channels become a mask; say it with \(Parameter.decide) \
                argmax (one label a voxel) or \(Parameter.decide) threshold (regions that may overlap).
                """
            )
        }
        return try decision.mask(of: tensor)
    }
}
