import Bytes
import GraphIR
import Operators
import Tensors

/// A node whose output channels can be scaled and shifted by changing its constants alone, as its operator says.
struct ChannelwiseTarget {
    let node: NodeID
    let channels: Int
    let elementType: ElementType
    private let parameters: ChannelParameters

    /// The channels' axis.
    var axis: Int { parameters.axis }

    /// The target that makes `value`, which only `reader` may read.
    /// - Returns: nil, with the reason noted for a near miss, where there's none.
    init?(making value: ValueID, for reader: NodeID, in view: GraphView, scales: Bool) throws(OsteonError) {
        guard let id = view.graph.producer(value), let parameters = view[id].op.channelParameters(view.context(id)) else { return nil }
        guard let channels = view.type(value).extent(parameters.axis), channels > 0 else { return nil }
        guard view[id].outputs.count == 1, view.type(value).elementType.isFloat else { return nil }
        node = id
        self.parameters = parameters
        self.channels = channels
        elementType = view.type(value).elementType
        let name = view[id].name
        guard view.soleConsumer(value) == reader else {
            _ = view.decline(reader, "\(name) has other readers")
            return nil
        }
        guard try hasConstants(view, scales: scales) else {
            _ = view.decline(reader, "the weights or bias of \(name) aren't constants of the right shape")
            return nil
        }
    }

    private func hasConstants(_ view: GraphView, scales: Bool) throws(OsteonError) -> Bool {
        if scales {
            guard let factor = view.constant(view.input(node, parameters.factor.input)) else { return false }
            guard parameters.factor.serves(channels, factor) else { return false }
        }
        return try shift(view) != nil
    }

    /// What a constant operand of the target's output gives each channel; see `GraphView.perChannel`.
    func perChannel(_ tensor: Tensor, in view: GraphView) throws(OsteonError) -> [Double]? {
        try view.perChannel(tensor, of: view.type(view[node].outputs[0]), axis: axis)
    }

    /// What's added to each channel; zeros where nothing is, nil where that isn't a constant by channel.
    private func shift(_ view: GraphView) throws(OsteonError) -> [Double]? {
        guard let value = view.input(node, parameters.shift) else { return try [Double](budgeted: 0, count: channels) }
        guard let tensor = view.constant(value) else { return nil }
        let leading = [Dimension](repeating: .unknown, count: max(tensor.rank - 1, 0))
        let type = TensorType(elementType, leading + [.fixed(channels)])
        return try view.perChannel(tensor, of: type, axis: leading.count)?.map { $0 * parameters.shiftWeight }
    }

    /// Adds to `patch` the node with its output multiplied by `scale` and moved by `shift`, channel by channel.
    /// - Parameter biasName: for the bias of a node that had none.
    func absorb(
        scale: [Double]?, shift: [Double], biasName: String? = nil, into patch: inout GraphPatch, in view: GraphView
    ) throws(OsteonError) -> GraphPatch.Reference {
        let found = view[node]
        var inputs = found.inputs.map { GraphPatch.Reference.existing($0) }
        let (factor, place) = (parameters.factor, parameters.shift)
        while inputs.count <= place { inputs.append(nil) }
        if let scale, let value = found.inputs[factor.input], let weight = view.constant(value) {
            inputs[factor.input] = patch.constant(view[value].name, try factor.scaled(weight, by: scale))
        }
        let old = try self.shift(view) ?? []
        let new = zip(old, shift).enumerated().map { index, pair in pair.0 * (scale?[index] ?? 1) + pair.1 }
        if view.input(node, place) != nil || new.contains(where: { $0 != 0 }) {
            let name = view.input(node, place).map { view[$0].name } ?? biasName ?? "\(found.name).bias"
            inputs[place] = patch.constant(name, try Tensor(new, shape: [channels], rounded: elementType))
        }
        return patch.add(parameters.unweighted, inputs, name: found.name)
    }
}
