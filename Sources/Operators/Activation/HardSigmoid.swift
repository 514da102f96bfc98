import Bytes
import GraphIR

/// `y = max(0, min(1, alpha · x + beta))`.
package struct HardSigmoid: ElementwiseUnary, FusableActivation {
    package var alpha = 0.2
    package var beta = 0.5

    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves, .nonNegative] }
    package init(alpha: Double = 0.2, beta: Double = 0.5) {
        self.alpha = alpha
        self.beta = beta
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
        try visitor.visit("beta", &beta)
    }

    package func layer(_ context: InferenceContext) -> LayerTraits? { .activation }
    package func fused(_ context: InferenceContext) -> FusedActivation? { FusedActivation(.hardSigmoid, alpha: alpha, beta: beta) }

    package func apply<T: FloatElement>(_ x: T) -> T { T.greater(0, T.lesser(1, T(alpha) * x + T(beta))) }
}
