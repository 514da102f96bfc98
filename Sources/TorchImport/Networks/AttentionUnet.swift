import Bytes
import GraphIR
import Operators

/// MONAI's AttentionUnet: a U-Net whose skip connections are weighted by what comes from below (Oktay et al., 2018).
struct AttentionUnet: NetworkDefinition {
    static let name = "AttentionUnet"

    let rank: Int
    let inputChannels: Int
    private let outputChannels: Int
    private let channels: [Int], strides: [[Int]]
    private let kernel: [Int], upKernel: [Int]

    private static let style = ConvolutionStyle(
        activation: .relu, normalization: .batch(epsilon: 1e-5, isAffine: true, hasStatistics: true, channels: nil))
    /// MONAI's defaults, which the block that merges has.
    private static let mergingStyle = ConvolutionStyle(
        activation: .prelu(count: 1), normalization: .instance(epsilon: 1e-5, isAffine: false, hasStatistics: false, channels: nil))

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let arguments = try NetworkArguments(
            Self.name, members,
            known: ["spatial_dims", "in_channels", "out_channels", "channels", "strides", "kernel_size", "up_kernel_size", "dropout"])
        try arguments.ignore("dropout")
        rank = try arguments.integer("spatial_dims", in: 1...3)
        inputChannels = try arguments.integer("in_channels")
        outputChannels = try arguments.integer("out_channels")
        channels = try arguments.integers("channels", count: 2...16, in: 2...NetworkArguments.mostChannels)
        strides = try arguments.levels("strides", rank: rank, count: channels.count - 1...64)
        kernel = try arguments.extents("kernel_size", 3, rank: rank)
        upKernel = try arguments.extents("up_kernel_size", 3, rank: rank)
        for (name, kernel) in [("kernel_size", kernel), ("up_kernel_size", upKernel)] where kernel.contains(where: { $0 % 2 == 0 }) {
            throw arguments.error(name, "has to be odd, not \(kernel)")
        }
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        let head = try blocks(x, "model.0", channels[0], strides: builder.all(1), builder)
        let value = try level(head, "model.1", 0, builder)
        return [try builder.pointwise(value, "model.2.conv", to: outputChannels, hasBias: true)]
    }

    private func level(_ x: ValueID, _ path: String, _ depth: Int, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        let own = channels[depth]
        let inner = "\(path).submodule"
        let isBottom = depth == channels.count - 2
        var below = try blocks(x, isBottom ? inner : "\(inner).0", channels[depth + 1], strides: strides[depth], builder)
        if !isBottom { below = try level(below, "\(inner).1", depth + 1, builder) }
        let up = try builder.transposedBlock(
            below, "\(path).upconv.up", to: own, kernel: upKernel, strides: strides[depth], style: Self.style, hasBias: true)
        let attended = try attention(x, by: up, "\(path).attention", builder)
        let joined = try builder.concatenated([attended, up], path)
        return try builder.convolutionBlock(
            joined, "\(path).merge", to: own, kernel: builder.all(3), hasBias: true, style: Self.mergingStyle)
    }

    private func blocks(_ x: ValueID, _ path: String, _ channels: Int, strides: [Int], _ builder: NetworkBuilder) throws(OsteonError)
        -> ValueID
    {
        let first = try builder.convolutionBlock(
            x, "\(path).conv.0", to: channels, kernel: kernel, strides: strides, hasBias: true, style: Self.style)
        return try builder.convolutionBlock(first, "\(path).conv.1", to: channels, kernel: kernel, hasBias: true, style: Self.style)
    }

    private func attention(_ x: ValueID, by gate: ValueID, _ path: String, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        let inner = try builder.channels(x) / 2
        func projected(_ x: ValueID, _ part: String, _ channels: Int) throws(OsteonError) -> ValueID {
            try builder.batchNormalization(
                builder.pointwise(x, "\(path).\(part).0.conv", to: channels, hasBias: true), "\(path).\(part).1")
        }
        let sum = try builder.sum(projected(gate, "W_g", inner), projected(x, "W_x", inner), "\(path).sum")
        let active = try builder.activation(sum, "\(path).relu", .relu)
        let weight = try builder.activation(projected(active, "psi", 1), "\(path).psi.2", .sigmoid)
        return try builder.module(path, Multiply(), [x, weight])
    }
}
