import Bytes
import GraphIR

/// What the blocks of DynUNet and of the networks made from them share.
struct UNetBlockStyle {
    var normalization: NormalizationLayer
    var activation = ActivationLayer.leakyRelu(slope: 0.01)
}

extension NetworkBuilder {
    /// MONAI's `UnetBasicBlock`, or with a residual sum its `UnetResBlock`.
    func unetBlock(
        _ x: ValueID, _ path: String, to channels: Int, kernel: [Int], strides: [Int]? = nil, isResidual: Bool, style: UNetBlockStyle
    ) throws(OsteonError) -> ValueID {
        let strides = strides ?? all(1)
        let builder = self
        func normalized(_ x: ValueID, _ part: Int, _ kernel: [Int], _ strides: [Int]) throws(OsteonError) -> ValueID {
            let y = try builder.convolution(
                x, "\(path).conv\(part).conv", to: channels, kernel: kernel, strides: strides,
                padding: zip(kernel, strides).map { ($0 - $1 + 1) / 2 }, hasBias: false)
            return try builder.normalization(y, "\(path).norm\(part)", style.normalization)
        }
        let active = try activation(normalized(x, 1, kernel, strides), "\(path).lrelu", style.activation)
        var value = try normalized(active, 2, kernel, all(1))
        if isResidual {
            let given = try self.channels(x)
            let isPlain = given == channels && strides.allSatisfy { $0 == 1 }
            value = try sum(value, isPlain ? x : normalized(x, 3, all(1), strides), path)
        }
        return try activation(value, "\(path).lrelu", style.activation)
    }

    /// MONAI's `UnetrUpBlock`: a grid twice as fine, joined with `skip`.
    func unetUpBlock(
        _ x: ValueID, _ skip: ValueID, _ path: String, to channels: Int, isResidual: Bool, style: UNetBlockStyle
    ) throws(OsteonError) -> ValueID {
        let up = try doubled(x, "\(path).transp_conv.conv", to: channels)
        let joined = try concatenated([up, skip], path)
        return try unetBlock(joined, "\(path).conv_block", to: channels, kernel: all(3), isResidual: isResidual, style: style)
    }

    /// A transposed convolution over 2 places by steps of 2, without bias.
    func doubled(_ x: ValueID, _ path: String, to channels: Int) throws(OsteonError) -> ValueID {
        try transposedConvolution(x, path, to: channels, kernel: all(2), strides: all(2), hasBias: false)
    }
}
