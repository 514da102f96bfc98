import Bytes
import GraphIR
import Tensors

/// An activation that can be computed in the same pass as the operator whose result it reads.
///
/// A graph holds the two as nodes of their own; which are computed together is decided when a plan is made.
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
}

/// An operator that can be computed in the same pass as the one before it.
package protocol FusableActivation: Operator {
    /// What it computes of its first input; nil where this use can't be fused, as with bounds that aren't constants.
    func fused(_ context: InferenceContext) throws(OsteonError) -> FusedActivation?
}

extension InferenceContext {
    /// What `op` computes in this use, where that can be fused into the operator before it.
    package func fusedActivation(_ op: any Operator) throws(OsteonError) -> FusedActivation? {
        try (op as? any FusableActivation)?.fused(self)
    }
}

extension Graph {
    /// The activation that alone reads a value and can be computed in the same pass; nil where there's none, or the value is an
    /// output of the graph.
    /// - Parameter consumers: the graph's own.
    package func activation(
        behind value: ValueID, _ consumers: [ValueID: [NodeID]]
    ) throws(OsteonError) -> (node: NodeID, function: FusedActivation)? {
        guard let readers = consumers[value], readers.count == 1, !outputs.contains(value) else { return nil }
        let reader = self[readers[0]]
        guard reader.inputs.first == value, reader.outputs.count == 1 else { return nil }
        return try context(reader).fusedActivation(reader.op).map { (readers[0], $0) }
    }
}
