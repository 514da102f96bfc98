import Bytes
import GraphIR

/// MONAI's DynUNet, the network of nnU-Net: kernels and strides given level by level (Isensee et al., 2019). Heads of deep
/// supervision give nothing at inference.
struct DynUNet: NetworkDefinition {
    static let name = "DynUNet"

    let rank: Int
    let inputChannels: Int
    private let outputChannels: Int
    private let kernels: [[Int]], strides: [[Int]], upKernels: [[Int]]
    private let filters: [Int]
    private let style: UNetBlockStyle
    private let isResidual: Bool, hasUpBias: Bool

    init(_ members: [JSONValue.Member], as name: String) throws(OsteonError) {
        let arguments = try NetworkArguments(
            Self.name, members,
            known: [
                "spatial_dims", "in_channels", "out_channels", "kernel_size", "strides", "upsample_kernel_size", "filters", "dropout",
                "norm_name", "act_name", "deep_supervision", "deep_supr_num", "res_block", "trans_bias",
            ])
        try arguments.ignore("dropout", "deep_supervision", "deep_supr_num")
        rank = try arguments.integer("spatial_dims", in: 1...3)
        inputChannels = try arguments.integer("in_channels")
        outputChannels = try arguments.integer("out_channels")
        kernels = try arguments.levels("kernel_size", rank: rank, count: 3...16)
        strides = try arguments.levels("strides", rank: rank, count: kernels.count...kernels.count)
        upKernels = try arguments.levels("upsample_kernel_size", rank: rank, count: kernels.count - 1...kernels.count - 1)
        let most = rank == 3 ? 320 : 512
        let usual = kernels.indices.map { min(32 << $0, most) }
        filters = arguments.has("filters") ? try arguments.integers("filters", count: kernels.count...64) : usual
        style = UNetBlockStyle(
            normalization: try NormalizationLayer(arguments["norm_name"] ?? ["INSTANCE", ["affine": true]], "norm_name", of: Self.name),
            activation: try ActivationLayer(arguments["act_name"] ?? "leakyrelu", "act_name", of: Self.name))
        isResidual = try arguments.boolean("res_block", false)
        hasUpBias = try arguments.boolean("trans_bias", false)
        for (kernel, stride) in zip(kernels, strides) where zip(kernel, stride).contains(where: { $1 > $0 + 1 }) {
            throw arguments.error("strides", "has \(stride), too much for a kernel of \(kernel)")
        }
    }

    func build(_ x: ValueID, _ builder: NetworkBuilder) throws(OsteonError) -> [ValueID] {
        let last = kernels.count - 1
        var value = x
        var skips: [ValueID] = []
        for level in 0...last {
            let path = level == 0 ? "input_block" : level == last ? "bottleneck" : "downsamples.\(level - 1)"
            value = try builder.unetBlock(
                value, path, to: filters[level], kernel: kernels[level], strides: strides[level], isResidual: isResidual, style: style)
            skips.append(value)
        }
        for level in (0..<last).reversed() {
            let path = "upsamples.\(last - 1 - level)"
            let factor = upKernels[level]
            value = try builder.transposedConvolution(
                value, "\(path).transp_conv.conv", to: filters[level], kernel: factor, strides: factor, hasBias: hasUpBias)
            value = try builder.concatenated([value, skips[level]], path)
            value = try builder.unetBlock(
                value, "\(path).conv_block", to: filters[level], kernel: kernels[level + 1], isResidual: false, style: style)
        }
        return [try builder.pointwise(value, "output_block.conv.conv", to: outputChannels, hasBias: true)]
    }

    /// The same modules under the names of the skip layers that hold them too, and the heads for training.
    func isIgnorable(_ name: String) -> Bool {
        name.hasPrefix("skip_layers.") || name.hasPrefix("deep_supervision_heads.")
    }
}
