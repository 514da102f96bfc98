import Bytes
import GraphIR

/// `y = x · Φ(x)` with the normal distribution function Φ (Hendrycks and Gimpel, 2016), exact or by tanh.
package struct Gelu: ElementwiseUnary, FusableActivation {
    package enum Approximation: String, AttributeEnum {
        /// `0.5 · x · (1 + erf(x / √2))`
        case none
        /// `0.5 · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`
        case tanh
    }

    package var approximation = Approximation.none

    package init() {}
    package init(approximation: Approximation) { self.approximation = approximation }
    package var traits: OperatorTraits { [.elementwise, .safeInHalves] }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("approximation", &approximation)
    }

    package func layer(_ context: InferenceContext) -> LayerTraits? { .activation }
    package func fused(_ context: InferenceContext) -> FusedActivation? { approximation == .none ? FusedActivation(.gelu) : nil }

    package func apply<T: FloatElement>(_ x: T) -> T {
        switch approximation {
        case .none: 0.5 * x * (1 + T.erf(x * T(0.5.squareRoot())))
        case .tanh: 0.5 * x * (1 + T.tanh(T((2 / Double.pi).squareRoot()) * (x + 0.044715 * x * x * x)))
        }
    }
}
