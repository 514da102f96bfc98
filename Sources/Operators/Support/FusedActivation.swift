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

    /// The activation that does what `op` does, or nil where `op` can't be fused.
    ///
    /// `Clip` is not among them: its bounds are inputs, see `clip`.
    package init?(_ op: any Operator) {
        switch op {
        case is Relu: self.init(.relu)
        case let op as LeakyRelu: self.init(.leakyRelu, alpha: op.alpha)
        case let op as Elu: self.init(.elu, alpha: op.alpha)
        case is Sigmoid: self.init(.sigmoid)
        case is Tanh: self.init(.tanh)
        case let op as HardSigmoid: self.init(.hardSigmoid, alpha: op.alpha, beta: op.beta)
        case is HardSwish: self.init(.hardSwish)
        case let op as Swish: self.init(.swish, alpha: op.alpha)
        case is Softplus: self.init(.softplus)
        case is Mish: self.init(.mish)
        case let op as Gelu where op.approximation == .none: self.init(.gelu)
        default: return nil
        }
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
