import Bytes
import GraphIR

/// MONAI's block of a convolution with what follows it, without the numbers that change from place to place.
struct ConvolutionStyle {
    /// The order of activation (A), dropout (D) and normalisation (N).
    var ordering = "NDA"
    var activation: ActivationLayer
    var normalization: NormalizationLayer
    var hasBias = true
}

extension NetworkBuilder {
    /// `monai.networks.blocks.Convolution`: a convolution that keeps extents (over its stride), then what `style` orders.
    /// - Parameters:
    ///   - style: nil for the convolution alone (`conv_only`).
    ///   - padding: on both sides; the half of the kernel by default.
    func convolutionBlock(
        _ x: ValueID, _ path: String, to channels: Int, kernel: [Int], strides: [Int]? = nil, padding: [Int]? = nil,
        hasBias: Bool, style: ConvolutionStyle?
    ) throws(OsteonError) -> ValueID {
        let y = try convolution(
            x, "\(path).conv", to: channels, kernel: kernel, strides: strides, padding: padding ?? kernel.map { ($0 - 1) / 2 },
            hasBias: hasBias)
        return try adorned(y, path, style)
    }

    /// The same with a transposed convolution: the output is the input times the stride.
    func transposedBlock(
        _ x: ValueID, _ path: String, to channels: Int, kernel: [Int], strides: [Int], style: ConvolutionStyle?, hasBias: Bool
    ) throws(OsteonError) -> ValueID {
        let y = try transposedConvolution(
            x, "\(path).conv", to: channels, kernel: kernel, strides: strides, padding: kernel.map { ($0 - 1) / 2 },
            outputPadding: strides.map { $0 - 1 }, hasBias: hasBias)
        return try adorned(y, path, style)
    }

    /// Activation, dropout (nothing at inference) and normalisation in the order given.
    private func adorned(_ x: ValueID, _ path: String, _ style: ConvolutionStyle?) throws(OsteonError) -> ValueID {
        guard let style else { return x }
        var value = x
        for letter in style.ordering.uppercased() {
            switch letter {
            case "N": value = try normalization(value, "\(path).adn.N", style.normalization)
            case "A": value = try activation(value, "\(path).adn.A", style.activation)
            default: continue
            }
        }
        return value
    }

    /// `monai.networks.blocks.ResidualUnit`: blocks one after the other, and the input (convolved where it has to be) added.
    func residualUnit(
        _ x: ValueID, _ path: String, to channels: Int, kernel: [Int], strides: [Int], subunits: Int, style: ConvolutionStyle,
        endsBare: Bool = false
    ) throws(OsteonError) -> ValueID {
        let isStrided = strides.contains { $0 != 1 }
        var residual = x
        let given = try self.channels(x)
        if isStrided || given != channels {
            let kernel = isStrided ? kernel : all(1)
            residual = try convolution(
                x, "\(path).residual", to: channels, kernel: kernel, strides: strides, padding: kernel.map { ($0 - 1) / 2 },
                hasBias: style.hasBias)
        }
        var value = x
        for unit in 0..<max(subunits, 1) {
            let isBare = endsBare && unit == max(subunits, 1) - 1
            value = try convolutionBlock(
                value, "\(path).conv.unit\(unit)", to: channels, kernel: kernel, strides: unit == 0 ? strides : nil,
                hasBias: style.hasBias, style: isBare ? nil : style)
        }
        return try sum(value, residual, path)
    }
}
