import Bytes
import GraphIR

/// MONAI's AHNet: a 2D network's kernels made anisotropic in 3D, a dense decoder and pyramid pooling (Liu et al., 2017).
///
/// Kernels, strides and paddings are given for H, W and D in 3D; in 2D MONAI takes the last two of each, but the first two of
/// the strides inside the residual layers.
struct AHNet: NetworkDefinition {
    static let name = "AHNet"

    private enum Mode: String, CaseIterable {
        case transpose, bilinear, trilinear, nearest
    }

    let rank: Int
    let inputChannels: Int
    private let outputChannels: Int
    private let layers: [Int]
    private let pyramids: Int
    private let mode: Mode

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let arguments = try NetworkArguments(
            Self.name, members,
            known: ["layers", "spatial_dims", "in_channels", "out_channels", "psp_block_num", "upsample_mode", "pretrained", "progress"])
        try arguments.ignore("pretrained", "progress")
        layers = try arguments.integers("layers", [3, 4, 6, 3], count: 4...4, in: 1...64)
        rank = try arguments.integer("spatial_dims", 3, in: 2...3)
        inputChannels = try arguments.integer("in_channels", 1)
        outputChannels = try arguments.integer("out_channels", 1)
        pyramids = try arguments.integer("psp_block_num", 4, in: 0...4)
        mode = Mode(rawValue: try arguments.text("upsample_mode", "transpose", of: Mode.allCases.map(\.rawValue))) ?? .transpose
        guard mode != (rank == 3 ? .bilinear : .trilinear) else {
            throw arguments.error("upsample_mode", "can't be \(mode.rawValue) with \(rank) spatial axes")
        }
    }

    /// The last `rank` of three numbers.
    private func tail(_ numbers: [Int]) -> [Int] { Array(numbers.suffix(rank)) }
    /// The first `rank` of three numbers.
    private func head(_ numbers: [Int]) -> [Int] { Array(numbers.prefix(rank)) }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        var value = try builder.convolution(
            x, "conv1", to: 64, kernel: tail([7, 7, 3]), strides: tail([2, 2, 1]), padding: tail([3, 3, 1]), hasBias: false)
        value = try builder.maximumPool(value, "pool1", kernel: tail([1, 1, 2]), strides: tail([1, 1, 2]))
        let stem = try builder.activation(builder.batchNormalization(value, "bn0"), "relu", .relu)
        let pooled =
            mode == .transpose || mode == .nearest
            ? try builder.maximumPool(stem, "maxpool", kernel: builder.all(2), strides: builder.all(2))
            : try builder.maximumPool(stem, "maxpool", kernel: builder.all(3), strides: builder.all(2), padding: builder.all(1))
        var maps: [ValueID] = []
        value = pooled
        for (index, count) in layers.enumerated() {
            for place in 0..<count {
                value = try bottleneck(
                    value, "layer\(index + 1).\(place)", 64 << index, isFirst: place == 0, stride: index == 0 ? 1 : 2, builder)
            }
            maps.append(value)
        }
        for (index, channels) in [1024, 512, 256].enumerated() {
            value = try transition(value, "up\(index)", to: channels, kernel: builder.all(1), padding: builder.all(0), builder)
            value = try dense(builder.sum(value, maps[2 - index], "sum\(index)"), "dense\(index)", builder)
        }
        value = try projected(value, "trans1", to: 64, kernel: builder.all(1), padding: builder.all(0), builder)
        value = try dense(builder.sum(value, pooled, "sum3"), "dense3", builder)
        value = try transition(value, "up3", to: 64, kernel: builder.all(1), padding: builder.all(0), builder)
        value = try dense(builder.sum(value, stem, "sum4"), "dense4", builder)
        if pyramids > 0 { value = try builder.concatenated(pyramid(value, builder) + [value], "psp") }
        return [try transition(value, "final", to: outputChannels, kernel: tail([3, 3, 1]), padding: tail([1, 1, 0]), builder)]
    }

    private func bottleneck(
        _ x: ValueID, _ path: String, _ planes: Int, isFirst: Bool, stride: Int, _ builder: NetworkBuilder
    ) throws(OsteonError) -> ValueID {
        let stride = isFirst ? stride : 1
        var value = try builder.pointwise(x, "\(path).conv1", to: planes, hasBias: false)
        value = try builder.activation(builder.batchNormalization(value, "\(path).bn1"), "\(path).relu", .relu)
        value = try builder.convolution(
            value, "\(path).conv2", to: planes, kernel: tail([3, 3, 1]), strides: head([stride, stride, 1]), padding: tail([1, 1, 0]),
            hasBias: false)
        value = try builder.activation(builder.batchNormalization(value, "\(path).bn2"), "\(path).relu", .relu)
        value = try builder.batchNormalization(builder.pointwise(value, "\(path).conv3", to: planes * 4, hasBias: false), "\(path).bn3")
        var residual = x
        if isFirst {
            residual = try builder.convolution(
                x, "\(path).downsample.0", to: planes * 4, kernel: builder.all(1), strides: head([stride, stride, 1]),
                padding: builder.all(0), hasBias: false)
            if rank == 3, stride > 1 {
                // The convolutions leave the last axis; the pools of both branches halve it.
                residual = try builder.maximumPool(residual, "\(path).downsample.1", kernel: [1, 1, stride], strides: [1, 1, stride])
                value = try builder.maximumPool(value, "\(path).pool", kernel: [1, 1, 2], strides: [1, 1, 2])
            }
            residual = try builder.batchNormalization(residual, "\(path).downsample.2")
        }
        return try builder.activation(builder.sum(value, residual, path), "\(path).relu", .relu)
    }

    /// Normalisation, ReLU and convolution.
    private func projected(
        _ x: ValueID, _ path: String, to channels: Int, kernel: [Int], padding: [Int], _ builder: NetworkBuilder
    ) throws(OsteonError) -> ValueID {
        let value = try builder.activation(builder.batchNormalization(x, "\(path).norm"), "\(path).relu", .relu)
        return try builder.convolution(value, "\(path).conv", to: channels, kernel: kernel, padding: padding, hasBias: false)
    }

    /// The same, and a grid twice as fine.
    private func transition(
        _ x: ValueID, _ path: String, to channels: Int, kernel: [Int], padding: [Int], _ builder: NetworkBuilder
    ) throws(OsteonError) -> ValueID {
        let value = try projected(x, path, to: channels, kernel: kernel, padding: padding, builder)
        guard mode == .transpose else {
            return try builder.interpolated(value, "\(path).up", isLinear: mode != .nearest, alignsCorners: true)
        }
        return try builder.transposedConvolution(
            value, "\(path).up", to: channels, kernel: builder.all(2), strides: builder.all(2), hasBias: false)
    }

    private func dense(_ x: ValueID, _ path: String, _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        let growth = 20
        var value = x
        for place in 1...3 {
            let path = "\(path).denselayer\(place)"
            func step(_ x: ValueID, _ part: Int, to channels: Int, _ kernel: [Int]) throws(OsteonError) -> ValueID {
                let active = try builder.activation(builder.batchNormalization(x, "\(path).bn\(part)"), "\(path).relu\(part)", .relu)
                return try builder.convolution(
                    active, "\(path).conv\(part)", to: channels, kernel: kernel, padding: kernel.map { $0 / 2 }, hasBias: false)
            }
            let wide = try step(value, 1, to: 4 * growth, builder.all(1))
            let planar = try step(wide, 2, to: growth, tail([3, 3, 1]))
            let axial = try step(planar, 3, to: growth, tail([1, 1, 3]))
            let new = try step(builder.sum(planar, axial, "\(path).sum"), 4, to: growth, builder.all(1))
            value = try builder.concatenated([value, new], path)
        }
        return value
    }

    /// Maxima over ever larger tiles, one channel each, brought back to the grid of `x`.
    private func pyramid(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        var result: [ValueID] = []
        for place in 0..<pyramids {
            let side = 8 << place
            let size = tail([side, side, 1])
            let pooled = try builder.maximumPool(x, "psp.pool_modules.\(place)", kernel: size, strides: size)
            let one = try builder.convolution(
                pooled, "psp.project_modules.\(place)", to: 1, kernel: builder.all(1), padding: tail([1, 1, 0]), hasBias: true)
            if mode == .transpose {
                result.append(
                    try builder.transposedConvolution(
                        one, "psp.up_modules.\(place)", to: 1, kernel: size, strides: size, padding: tail([side, side, 0]), hasBias: true))
            } else {
                result.append(
                    try builder.interpolated(
                        one, to: x, "psp.up_modules.\(place)", isLinear: mode != .nearest, alignsCorners: true))
            }
        }
        return result
    }
}
