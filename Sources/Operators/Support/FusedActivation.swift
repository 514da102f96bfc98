import Bytes
import GraphIR
import Tensors

/// An activation computed in the same pass as the operator it follows.
///
/// What `alpha` and `beta` mean depends on the kind; those a kind doesn't use are 0.
package struct FusedActivation: Sendable, Hashable {
    package enum Kind: String, AttributeEnum {
        case none, relu
        /// Slope `alpha` below 0.
        case leakyRelu = "leaky_relu"
        /// Scale `alpha` below 0.
        case elu
        case sigmoid, tanh
        /// From `alpha` to `beta`.
        case clip
        /// Slope `alpha`, offset `beta`.
        case hardSigmoid = "hard_sigmoid"
        case hardSwish = "hard_swish"
        /// Slope `alpha` inside the sigmoid.
        case swish
        case softplus, mish
        /// The exact form.
        case gelu
    }

    package var kind: Kind
    package var alpha: Double
    package var beta: Double

    package static let none = FusedActivation()
    package static let relu = FusedActivation(.relu)

    package init(_ kind: Kind = .none, alpha: Double = 0, beta: Double = 0) {
        self.kind = kind
        self.alpha = alpha
        self.beta = beta
    }

    /// Bounds from `low` to `high`.
    package static func clip(from low: Double, to high: Double) -> FusedActivation {
        FusedActivation(.clip, alpha: low, beta: high)
    }

    /// Walks the three attributes; call it from the `visitAttributes` of the operator that has an activation.
    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("activation", &kind)
        try visitor.visit("activation_alpha", &alpha)
        try visitor.visit("activation_beta", &beta)
    }

    package func apply<T: FloatElement>(_ x: T) -> T {
        switch kind {
        case .none: x
        case .relu: x < 0 ? 0 : x
        case .leakyRelu: LeakyRelu(alpha: alpha).apply(x)
        case .elu: Elu(alpha: alpha).apply(x)
        case .sigmoid: Sigmoid().apply(x)
        case .tanh: T.tanh(x)
        case .clip: T.lesser(T.greater(x, T(alpha)), T(beta))
        case .hardSigmoid: HardSigmoid(alpha: alpha, beta: beta).apply(x)
        case .hardSwish: HardSwish().apply(x)
        case .swish: Swish(alpha: alpha).apply(x)
        case .softplus: Softplus().apply(x)
        case .mish: Mish().apply(x)
        case .gelu: Gelu().apply(x)
        }
    }

    /// Applies the activation to every element in place.
    package func apply<T: FloatElement>(to elements: UnsafeMutableBufferPointer<T>) {
        guard kind != .none else { return }
        for i in elements.indices { elements[i] = apply(elements[i]) }
    }
}

/// An operator that can be computed in the same pass as the one before it.
package protocol FusableActivation: Operator {
    /// What it computes; nil where this use can't be fused.
    func fused(_ context: InferenceContext) throws(OsteonError) -> FusedActivation?
}

/// An operator that computes an activation on its result in the same pass.
package protocol ActivationFusing: Operator {
    var activation: FusedActivation { get set }
}

extension FusedActivation {
    /// What's fused into an operator; `none` where it fuses nothing.
    package init(of op: any Operator) { self = (op as? any ActivationFusing)?.activation ?? .none }

    /// Whether it never gives a negative number.
    var isNonNegative: Bool { kind == .relu || kind == .sigmoid }

    /// What it is behind a factor and a shift by channel.
    var following: ChannelParameters.Following {
        switch kind {
        case .none: .nothing
        case .relu, .leakyRelu: .homogeneous
        default: .other
        }
    }
}

extension InferenceContext {
    /// What `op` computes in this use, where that can be fused into the operator before it.
    package func fusedActivation(_ op: any Operator) throws(OsteonError) -> FusedActivation? {
        try (op as? any FusableActivation)?.fused(self)
    }
}
