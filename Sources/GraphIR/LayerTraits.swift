/// What an operator whose precision can be chosen says of itself: which inputs are data, which hold weights, and along which
/// axes channels lie.
package struct LayerTraits: Sendable {
    package enum Family: String, Sendable, CaseIterable {
        case convolution
        case transposedConvolution = "transposed-convolution"
        case product
        case addition, pooling, activation

        /// Whether the layer multiplies by weights (or another operand), so that most of a network's work is in it.
        package var isProduct: Bool { self == .convolution || self == .transposedConvolution || self == .product }
    }

    package var family: Family
    /// The inputs that are computed.
    package var dataInputs: [Int] = [0]
    /// The input that holds constant weights; nil where there are none.
    package var weightInput: Int?
    /// Whether the weights may as well be computed, and are data then.
    package var takesComputedWeights = false
    /// The axis of the weights that counts output channels.
    package var weightAxis = 0
    /// Output channels that one place of `weightAxis` serves (transposed convolutions in groups).
    package var groups = 1
    /// The input that's added, a number an output channel.
    package var biasInput: Int?
    /// Whether an activation that alone reads the result counts as part of the layer: what lies between the two isn't quantized,
    /// and its error isn't measured.
    package var includesActivation = false
    /// Why this use can't be reduced at all; nil where it can.
    package var obstacle: String?

    package init(_ family: Family) { self.family = family }

    /// - Parameters:
    ///   - weightAxis: of the second input, the weights.
    ///   - biasInput: what's added to each output channel.
    package init(
        _ family: Family, weightAxis: Int, groups: Int = 1, biasInput: Int? = nil, takesComputedWeights: Bool = false,
        includesActivation: Bool = false
    ) {
        self.family = family
        weightInput = 1
        self.weightAxis = weightAxis
        self.groups = groups
        self.biasInput = biasInput
        self.takesComputedWeights = takesComputedWeights
        self.includesActivation = includesActivation
    }

    /// A function of each element by itself whose result has another range than what it's of.
    package static let activation = LayerTraits(.activation)
}
