import Bytes
import GraphIR
import Tensors

/// The function at a gate of a recurrent layer. What `alpha` and `beta` mean depends on the kind.
package struct RecurrentActivation: Sendable, Hashable {
    package enum Kind: String, AttributeEnum {
        case none, relu
        /// Slope `alpha` below 0.
        case leakyRelu = "leaky_relu"
        /// 0 up to `alpha`.
        case thresholdedRelu = "thresholded_relu"
        /// Slope `alpha`, offset `beta`.
        case affine
        case tanh
        /// `alpha · tanh(beta · x)`
        case scaledTanh = "scaled_tanh"
        case sigmoid
        /// Slope `alpha`, offset `beta`, between 0 and 1.
        case hardSigmoid = "hard_sigmoid"
        /// Scale `alpha` below 0.
        case elu
        case softsign, softplus
        /// Slope `alpha` inside the sigmoid.
        case swish
        case gelu, mish
        case hardSwish = "hard_swish"
    }

    package var kind: Kind
    package var alpha: Double
    package var beta: Double

    package init(_ kind: Kind, alpha: Double = 0, beta: Double = 0) {
        self.kind = kind
        self.alpha = alpha
        self.beta = beta
    }

    func apply<T: FloatElement>(_ x: T) -> T {
        switch kind {
        case .none: x
        case .sigmoid: 1 / (1 + T.exp(-x))
        case .tanh: T.tanh(x)
        case .thresholdedRelu: x > T(alpha) || x.isNaN ? x : 0
        case .affine: T(alpha) * x + T(beta)
        case .scaledTanh: T(alpha) * T.tanh(T(beta) * x)
        case .softsign: x / (1 + x.magnitude)
        default: fused.apply(x)
        }
    }

    /// The kinds that other operators have as well.
    private var fused: FusedActivation {
        FusedActivation(FusedActivation.Kind(rawValue: kind.rawValue) ?? .none, alpha: alpha, beta: beta)
    }
}

/// On disk a list of functions is a list of texts: the kind's name, and alpha and beta behind it where they aren't 0.
extension RecurrentActivation: AttributeListElement {
    package static func wrap(_ list: [RecurrentActivation]) -> AttributeValue {
        .strings(
            list.map { function in
                let parameters = function.beta != 0 ? [function.alpha, function.beta] : function.alpha != 0 ? [function.alpha] : []
                return ([function.kind.rawValue] + parameters.map { "\($0)" }).joined(separator: " ")
            })
    }

    package static func unwrap(_ value: AttributeValue) throws(OsteonError) -> [RecurrentActivation] {
        var result: [RecurrentActivation] = []
        for text in try [String](attributeValue: value) {
            let parts = text.split(separator: " ", omittingEmptySubsequences: false)
            var numbers: [Double] = []
            for part in parts.dropFirst() {
                guard let number = Double(part), number.isFinite else {
                    throw OsteonError(.malformed, "\"\(text)\" is not an activation and its numbers.")
                }
                numbers.append(number)
            }
            guard let name = parts.first, numbers.count <= 2 else {
                throw OsteonError(.malformed, "\"\(text)\" is not an activation with two numbers at most.")
            }
            let kind = try Kind(attributeValue: .string(String(name)))
            result.append(RecurrentActivation(kind, alpha: numbers.first ?? 0, beta: numbers.dropFirst().first ?? 0))
        }
        return result
    }
}

/// Which way a recurrent layer goes through the steps.
package enum RecurrentDirection: String, AttributeEnum {
    case forward, reverse
    /// Forward, then with weights of its own in reverse.
    case bidirectional

    /// The number of directions.
    package var count: Int { self == .bidirectional ? 2 : 1 }
}

/// The attributes all recurrent layers share.
package struct RecurrentSettings: Sendable {
    package var direction = RecurrentDirection.forward
    /// The functions of the first direction, then of the second; empty for the layer's own.
    package var activations: [RecurrentActivation] = []
    /// What goes into a function is kept between `-clip` and `clip`.
    package var clip: Double?
    /// Whether the batch is the first axis of inputs, outputs and states; else steps and directions come first.
    package var batchFirst = false

    package init(
        direction: RecurrentDirection = .forward, activations: [RecurrentActivation] = [], clip: Double? = nil, batchFirst: Bool = false
    ) {
        self.direction = direction
        self.activations = activations
        self.clip = clip
        self.batchFirst = batchFirst
    }

    mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("direction", &direction)
        try visitor.visit("activations", &activations)
        try visitor.visit("clip", &clip)
        try visitor.visit("batch_first", &batchFirst)
    }

    /// The functions of one direction.
    func functions(of direction: Int, standard: [RecurrentActivation]) -> [RecurrentActivation] {
        activations.isEmpty ? standard : Array(activations.dropFirst(direction * standard.count).prefix(standard.count))
    }

    /// `x` within the clip.
    @inline(__always)
    func clipped<T: FloatElement>(_ x: T) -> T {
        guard let clip else { return x }
        return x > T(clip) ? T(clip) : x < T(-clip) ? T(-clip) : x
    }
}
