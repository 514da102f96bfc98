import Bytes
import GraphIR

/// `y = x / (1 + exp(−alpha · x))`; SiLU where `alpha` is 1.
package struct Swish: ElementwiseUnary, FusableActivation {
    package var alpha = 1.0

    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves] }
    package init(alpha: Double = 1.0) {
        self.alpha = alpha
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
    }

    package func layer(_ context: InferenceContext) -> LayerTraits? { .activation }
    package func fused(_ context: InferenceContext) -> FusedActivation? { FusedActivation(.swish, alpha: alpha) }

    package func apply<T: FloatElement>(_ x: T) -> T { x * Sigmoid().apply(T(alpha) * x) }
}
