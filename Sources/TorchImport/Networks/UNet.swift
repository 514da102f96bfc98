import Bytes
import GraphIR

/// MONAI's UNet: strided (residual) blocks down, transposed convolutions up, joined by concatenation.
struct UNet: NetworkDefinition {
    static let name = "UNet"

    let rank: Int
    let inputChannels: Int
    private let outputChannels: Int
    private let channels: [Int], strides: [[Int]]
    private let kernel: [Int], upKernel: [Int]
    private let residualUnits: Int
    private let style: ConvolutionStyle

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let arguments = try NetworkArguments(
            Self.name, members,
            known: [
                "spatial_dims", "in_channels", "out_channels", "channels", "strides", "kernel_size", "up_kernel_size", "num_res_units",
                "act", "norm", "dropout", "bias", "adn_ordering",
            ],
            renamed: ["dimensions": "spatial_dims"])
        try arguments.ignore("dropout")
        rank = try arguments.integer("spatial_dims", in: 1...3)
        inputChannels = try arguments.integer("in_channels")
        outputChannels = try arguments.integer("out_channels")
        channels = try arguments.integers("channels", count: 2...16)
        strides = try arguments.levels("strides", rank: rank, count: 1...64)
        guard strides.count >= channels.count - 1 else {
            throw arguments.error("strides", "has \(strides.count) levels; \(channels.count) channels need \(channels.count - 1)")
        }
        kernel = try arguments.extents("kernel_size", 3, rank: rank)
        upKernel = try arguments.extents("up_kernel_size", 3, rank: rank)
        for (name, kernel) in [("kernel_size", kernel), ("up_kernel_size", upKernel)] where kernel.contains(where: { $0 % 2 == 0 }) {
            throw arguments.error(name, "has to be odd, not \(kernel)")
        }
        residualUnits = try arguments.integer("num_res_units", 0, in: 0...64)
        let ordering = try arguments.text("adn_ordering", "NDA")
        guard ordering.count <= 8, ordering.uppercased().allSatisfy({ "NDA".contains($0) }) else {
            throw arguments.error("adn_ordering", "has to be made of the letters A, D and N, not \(ordering)")
        }
        style = ConvolutionStyle(
            ordering: ordering, activation: try ActivationLayer(arguments["act"] ?? "PRELU", "act", of: Self.name),
            normalization: try NormalizationLayer(arguments["norm"] ?? "INSTANCE", "norm", of: Self.name),
            hasBias: try arguments.boolean("bias", true))
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        [try level(x, "model", 0, to: outputChannels, builder)]
    }

    private func level(_ x: ValueID, _ path: String, _ depth: Int, to produced: Int, _ builder: NetworkBuilder) throws(OsteonError)
        -> ValueID
    {
        let own = channels[depth]
        let stride = strides[depth]
        let isTop = depth == 0
        let down = try block(x, "\(path).0", to: own, strides: stride, builder)
        let inner = "\(path).1.submodule"
        let below =
            depth < channels.count - 2
            ? try level(down, inner, depth + 1, to: own, builder)
            : try block(down, inner, to: channels[depth + 1], strides: builder.all(1), builder)
        let joined = try builder.concatenated([down, below], "\(path).1")
        guard residualUnits > 0 else {
            return try builder.transposedBlock(
                joined, "\(path).2", to: produced, kernel: upKernel, strides: stride, style: isTop ? nil : style, hasBias: style.hasBias)
        }
        let up = try builder.transposedBlock(
            joined, "\(path).2.0", to: produced, kernel: upKernel, strides: stride, style: style, hasBias: style.hasBias)
        return try builder.residualUnit(
            up, "\(path).2.1", to: produced, kernel: kernel, strides: builder.all(1), subunits: 1, style: style, endsBare: isTop)
    }

    private func block(_ x: ValueID, _ path: String, to channels: Int, strides: [Int], _ builder: NetworkBuilder) throws(OsteonError)
        -> ValueID
    {
        guard residualUnits > 0 else {
            return try builder.convolutionBlock(
                x, path, to: channels, kernel: kernel, strides: strides, hasBias: style.hasBias, style: style)
        }
        return try builder.residualUnit(x, path, to: channels, kernel: kernel, strides: strides, subunits: residualUnits, style: style)
    }
}
