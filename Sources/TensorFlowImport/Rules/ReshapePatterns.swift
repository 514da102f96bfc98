import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// What a reshape ends: operations that were run on data of another rank because the kernel of their time took no other,
/// and upsampling spelled with reshapes.
enum ReshapePatterns {
    /// The value a reshape of `x` to `parts` makes where it ends a pattern; nil where it's a reshape like any other.
    static func recognize(
        _ x: ValueID, _ parts: [PartialInteger], _ builder: GraphBuilder
    ) throws(OsteonError) -> ValueID? {
        if let result = try normalization(x, parts, builder) { return result }
        if let result = try slicewiseConvolution(x, parts, builder) { return result }
        guard let factors = builder.axisFactors(x, reshapedTo: parts) else { return nil }
        if factors.base != x, let result = try builder.result(of: factors) { return result }
        return nil
    }

    /// `Reshape(FusedBatchNorm(Reshape(x)))` that ends in the shape of `x`, with the channels never joined to another
    /// axis: the normalisation of `x`.
    private static func normalization(
        _ y: ValueID, _ parts: [PartialInteger], _ builder: GraphBuilder
    ) throws(OsteonError) -> ValueID? {
        guard let norm = builder.origins[y], norm.operation.hasPrefix("FusedBatchNorm") else { return nil }
        guard try !norm.attributes.bool("is_training", default: true), builder.factors[y] == nil else { return nil }
        let data = try norm.input(0)
        guard let before = builder.factors[data], let after = builder.axisFactors(data, reshapedTo: parts) else { return nil }
        guard after.repetitions?.allSatisfy({ $0 == 1 }) == true, before.base != data else { return nil }
        let layout = try ChannelLayout(norm.attributes, spatialRank: before.axes.count - 2)
        guard let rank = builder.graph.type(before.base).rank, rank >= 3 else { return nil }
        let channels = layout.isChannelsLast ? rank - 1 : 1
        guard before.axes[layout.channelAxis] == [.axis(channels, times: 1)] else { return nil }
        guard layout.isChannelsLast || before.axes[0] == [.axis(0, times: 1)] else { return nil }
        var request = norm
        request.inputs[0] = before.base
        return try NormalizationRules.fusedBatchNorm(request, builder).first
    }

    /// A 2D convolution over the slices along the second axis of N D H W C, which were joined to the batch before it and
    /// are parted again: a 3D convolution whose kernel is flat.
    private static func slicewiseConvolution(
        _ y: ValueID, _ parts: [PartialInteger], _ builder: GraphBuilder
    ) throws(OsteonError) -> ValueID? {
        guard let node = builder.origins[y], node.operation == "Conv2D", parts.count == 5 else { return nil }
        let data = try node.input(0)
        let kernel = try node.input(1)
        guard let before = builder.factors[data], let extents = builder.extents(of: before.base), extents.count == 5 else { return nil }
        let single: [[AxisFactors.Factor]] = (2...4).map { [.axis($0, times: 1)] }
        guard before.axes == [[.axis(0, times: 1), .axis(1, times: 1)]] + single else { return nil }
        guard let made = builder.extents(of: y), parts == [extents[0], extents[1]] + made[1...] else { return nil }
        guard builder.graph.type(kernel).rank == 4 else { return nil }
        let layout = try ChannelLayout(node.attributes, spatialRank: 2)
        guard layout.isChannelsLast else { return nil }
        let weight = try builder.permuted(kernel, [3, 2, 0, 1])
        guard let shape = builder.graph.type(weight).fixedShape, extents[4].value == shape[1] else { return nil }
        var op = Convolution()
        op.window = try layout.window(node.attributes)
        if !op.window.strides.isEmpty { op.window.strides.append(1) }
        if !op.window.dilations.isEmpty { op.window.dilations.append(1) }
        if op.window.pads.count == 4 {
            op.window.pads = [op.window.pads[0], op.window.pads[1], 0, op.window.pads[2], op.window.pads[3], 0]
        }
        // The slices' axis goes last, where a medical volume has it.
        let first = try builder.step("channels_first", Transpose(permutation: [0, 4, 2, 3, 1]), [before.base])
        let flat = try builder.reshaped(weight, shape + [1], "kernel")
        let volume = try builder.step("volume", op, [first, flat])
        return try builder.result(Transpose(permutation: [0, 4, 2, 3, 1]), [volume])
    }
}
