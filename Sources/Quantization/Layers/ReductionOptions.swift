import GraphIR

/// What a network is to be reduced to, and by which rules.
package struct ReductionOptions: Sendable {
    /// What every layer is to be, where nothing speaks against it.
    package var precision: LayerPrecision
    /// The families reduced to `int8`; those that don't multiply by weights go on in float by default, which costs no
    /// bytes and keeps the sums of residual networks exact.
    package var families: Set<QuantizableLayer.Family> = [.convolution, .transposedConvolution, .product]
    /// Of the layers that read an input of the network, and of those no other layer's product comes after; nil for `precision`.
    package var firstLayers: LayerPrecision?
    package var lastLayers: LayerPrecision?
    /// Layers to leave in `f32`, by name.
    package var kept: Set<String> = []
    package var method = CalibrationMethod.mse
    /// Signed integers around 0 for values; unsigned ones with a zero point otherwise.
    package var symmetricValues = false
    package var correctsBiases = true
    /// Whether channels are evened out before values are rounded to `int8`, where that pays (`ChannelEqualization`).
    package var equalizes = true
    /// How many bits integer weights use. 7 is for processors whose 8-bit products add up in 16 bits and would overflow there:
    /// x86 before VNNI, in other runtimes than this.
    package var weightBits = 8
    /// Whether batch normalisations that no convolution takes in are stored as a 16-bit scale and shift a channel.
    package var halvesNormalizations = true

    package init(precision: LayerPrecision) { self.precision = precision }

    /// The largest magnitude a value may reach in calibration to be kept in binary16: half of what it holds.
    static let largestHalf = 32752.0
}
