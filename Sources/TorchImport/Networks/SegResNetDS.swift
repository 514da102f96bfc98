import Bytes
import Glibc
import GraphIR

/// MONAI's SegResNetDS, the network of Auto3DSeg: SegResNet with kernels after the resolution; only the finest head is used
/// at inference.
struct SegResNetDS: NetworkDefinition {
    static let name = "SegResNetDS"

    let rank: Int
    let inputChannels: Int
    private let filters: Int, outputChannels: Int
    private let activation: ActivationLayer, normalization: NormalizationLayer
    private let down: [Int], up: [Int]
    private let mode: UpsampleMode
    /// The factor between a level and the next, for each axis.
    private let scales: [[Int]]

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let arguments = try NetworkArguments(
            Self.name, members,
            known: [
                "spatial_dims", "init_filters", "in_channels", "out_channels", "act", "norm", "blocks_down", "blocks_up", "dsdepth",
                "preprocess",
                "upsample_mode", "resolution",
            ])
        try arguments.ignore("dsdepth")
        guard !arguments.has("preprocess") else { throw arguments.error("preprocess", "is code, which isn't run") }
        rank = try arguments.integer("spatial_dims", 3, in: 1...3)
        filters = try arguments.integer("init_filters", 32)
        inputChannels = try arguments.integer("in_channels", 1)
        outputChannels = try arguments.integer("out_channels", 2)
        activation = try ActivationLayer(arguments["act"] ?? "relu", "act", of: Self.name)
        normalization = try NormalizationLayer(arguments["norm"] ?? "batch", "norm", of: Self.name, isAffineByDefault: true)
        down = try arguments.integers("blocks_down", [1, 2, 2, 4], count: 1...12, in: 0...64)
        let ones = [Int](repeating: 1, count: down.count - 1)
        up = arguments.has("blocks_up") ? try arguments.integers("blocks_up", count: 0...11, in: 0...64) : ones
        guard up.count == down.count - 1 else {
            throw arguments.error("blocks_up", "has \(up.count) levels; \(down.count) in blocks_down need \(down.count - 1)")
        }
        mode = try UpsampleMode(arguments, "upsample_mode", .deconvolution)
        scales = try Self.scales(arguments, rank: rank, levels: down.count)
    }

    /// Coarse axes are left alone until the finer ones have caught up.
    private static func scales(_ arguments: NetworkArguments, rank: Int, levels: Int) throws(OsteonError) -> [[Int]] {
        guard arguments.has("resolution"), let json = arguments["resolution"] else {
            return [[Int]](repeating: [Int](repeating: 2, count: rank), count: levels)
        }
        var sizes: [Double] = []
        if case .array(let items) = json {
            for item in items { if let size = try? item.double(), size > 0, size.isFinite { sizes.append(size) } }
        }
        guard sizes.count == rank, let coarsest = sizes.max() else {
            throw arguments.error("resolution", "has to be a list of \(rank) positive numbers")
        }
        let steps = sizes.map { min(log2(coarsest / $0).rounded(.down), 64) }
        return (0..<levels).map { level in
            let isLeading = Double(level) < (steps.max() ?? 0)
            return steps.map { isLeading && Double(level) >= $0 ? 1 : 2 }
        }
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        var value = try convolution(x, "encoder.conv_init", filters, scales[0], stride: nil, builder)
        var levels: [ValueID] = []
        for (level, count) in down.enumerated() {
            let path = "encoder.layers.\(level)"
            for block in 0..<count { value = try residualBlock(value, "\(path).blocks.\(block)", scales[level], builder) }
            levels.append(value)
            guard level < down.count - 1 else { break }
            value = try convolution(value, "\(path).downsample", filters << (level + 1), scales[level], stride: scales[level], builder)
        }
        for (step, count) in up.enumerated() {
            let level = up.count - 1 - step
            let path = "up_layers.\(step)"
            value = try builder.upsampled(
                value, "\(path).upsample", to: filters << level, mode: mode, alignsCorners: false, kernel: kernel(scales[level]),
                scale: scales[level], hasBias: false)
            value = try builder.sum(value, levels[level], path)
            for block in 0..<count { value = try residualBlock(value, "\(path).blocks.\(block)", scales[level], builder) }
        }
        return [try builder.pointwise(value, "up_layers.\(max(up.count - 1, 0)).head", to: outputChannels, hasBias: true)]
    }

    private func kernel(_ scale: [Int]) -> [Int] { scale.map { $0 > 1 ? 3 : 1 } }

    private func convolution(
        _ x: ValueID, _ path: String, _ channels: Int, _ scale: [Int], stride: [Int]?, _ builder: NetworkBuilder
    ) throws(OsteonError) -> ValueID {
        let kernel = kernel(scale)
        return try builder.convolution(
            x, path, to: channels, kernel: kernel, strides: stride, padding: kernel.map { $0 / 2 }, hasBias: false)
    }

    private func residualBlock(_ x: ValueID, _ path: String, _ scale: [Int], _ builder: NetworkBuilder) throws(OsteonError) -> ValueID {
        let channels = try builder.channels(x)
        var value = x
        for part in 1...2 {
            value = try builder.normalization(value, "\(path).norm\(part)", normalization)
            value = try builder.activation(value, "\(path).act\(part)", activation)
            value = try convolution(value, "\(path).conv\(part)", channels, scale, stride: nil, builder)
        }
        return try builder.sum(value, x, path)
    }

    /// Heads of coarser levels, for training.
    func isIgnorable(_ name: String) -> Bool { name.hasPrefix("up_layers.") && name.contains(".head.") }
}
