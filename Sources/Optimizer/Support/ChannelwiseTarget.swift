import Bytes
import GraphIR
import Operators
import Tensors

/// A node whose output channels can be scaled and shifted by changing its constants alone: convolution, transposed
/// convolution, matrix product with a bias, and normalisations.
struct ChannelwiseTarget {
    let node: NodeID
    /// The channels' axis: 1, or the last for layer normalisation.
    let axis: Int
    let channels: Int
    let elementType: ElementType
    private let kind: Kind

    private enum Kind {
        /// Weight blocks of so many elements; the output channel of each block.
        case linear(blockSize: Int, channel: (Int) -> Int)
        case gemm(Gemm, columns: Bool)
        case normalization
    }

    /// The target that makes `value`, which only `reader` may read.
    /// - Returns: nil, with the reason noted for a near miss, where there's none.
    init?(making value: ValueID, for reader: NodeID, in view: GraphView, scales: Bool) throws(OsteonError) {
        guard let id = view.graph.producer(value), let rank = view.type(value).rank else { return nil }
        let found = view[id]
        axis = found.op is LayerNormalization ? rank - 1 : 1
        guard let channels = view.type(value).extent(axis), channels > 0 else { return nil }
        guard found.outputs.count == 1, view.type(value).elementType.isFloat else { return nil }
        node = id
        self.channels = channels
        elementType = view.type(value).elementType
        let weight = view.constant(view.input(id, 1))
        let name = found.name
        switch found.op {
        case let op as Convolution:
            guard op.activation.kind == .none else { return nil }
            kind = .linear(blockSize: (weight?.count ?? 0) / channels, channel: { $0 })
        case let op as TransposedConvolution:
            guard op.activation.kind == .none, channels % op.groups == 0 else { return nil }
            let perGroup = channels / op.groups
            let inputs = (weight?.shape.first ?? 0) / op.groups
            let blocks = max((weight?.shape.first ?? 0) * perGroup, 1)
            kind = .linear(
                blockSize: (weight?.count ?? 0) / blocks,
                channel: { block in block / perGroup / max(inputs, 1) * perGroup + block % perGroup })
        case let op as Gemm:
            kind = .gemm(op, columns: !op.transposeB)
        case is BatchNormalization, is InstanceNormalization, is GroupNormalization:
            kind = .normalization
        case let op as LayerNormalization where op.axis == -1 || op.axis == rank - 1:
            kind = .normalization
        default: return nil
        }
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
            guard let weight = view.constant(view.input(node, 1)) else { return false }
            if case .normalization = kind, weight.count != channels { return false }
        }
        return try bias(view) != nil
    }

    /// What a constant operand of the target's output gives each channel; see `GraphView.perChannel`.
    func perChannel(_ tensor: Tensor, in view: GraphView) throws(OsteonError) -> [Double]? {
        try view.perChannel(tensor, of: view.type(view[node].outputs[0]), axis: axis)
    }

    /// The bias as it acts on each channel; zeros where there's none, nil where it isn't a constant by channel.
    private func bias(_ view: GraphView) throws(OsteonError) -> [Double]? {
        guard let value = view.input(node, 2) else { return try [Double](budgeted: 0, count: channels) }
        guard let tensor = view.constant(value) else { return nil }
        guard case .gemm(let op, _) = kind else { return tensor.count == channels ? try tensor.doubles() : nil }
        let type = TensorType(elementType, [.unknown, .fixed(channels)])
        return try view.perChannel(tensor, of: type, axis: 1)?.map { $0 * op.beta }
    }

    /// Adds to `patch` the node with its output multiplied by `scale` and moved by `shift`, channel by channel.
    /// - Parameter biasName: for the bias of a node that had none.
    func absorb(
        scale: [Double]?, shift: [Double], biasName: String? = nil, into patch: inout GraphPatch, in view: GraphView
    ) throws(OsteonError) -> GraphPatch.Reference {
        let found = view[node]
        var inputs = found.inputs.map { GraphPatch.Reference.existing($0) }
        while inputs.count < 3 { inputs.append(nil) }
        if let scale, let value = found.inputs[1], let weight = view.constant(value) {
            inputs[1] = patch.constant(view[value].name, try scaled(weight, by: scale))
        }
        let old = try bias(view) ?? []
        let new = zip(old, shift).enumerated().map { index, pair in pair.0 * (scale?[index] ?? 1) + pair.1 }
        if view.input(node, 2) != nil || new.contains(where: { $0 != 0 }) {
            let name = view.input(node, 2).map { view[$0].name } ?? biasName ?? "\(found.name).bias"
            inputs[2] = patch.constant(name, try Tensor(new, shape: [channels], rounded: elementType))
        }
        var op = found.op
        if case .gemm(var gemm, _) = kind {
            gemm.beta = 1
            op = gemm
        }
        return patch.add(op, inputs, name: found.name)
    }

    private func scaled(_ weight: Tensor, by scale: [Double]) throws(OsteonError) -> Tensor {
        switch kind {
        case .linear(let blockSize, let channel): try weight.scalingBlocks(of: blockSize) { scale[channel($0)] }
        case .gemm(_, columns: true): try weight.scalingBlocks(of: 1) { scale[$0 % channels] }
        case .gemm: try weight.scalingBlocks(of: weight.count / channels) { scale[$0] }
        case .normalization: try weight.scalingBlocks(of: 1) { scale[$0] }
        }
    }
}
