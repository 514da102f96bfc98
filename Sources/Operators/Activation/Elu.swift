import Bytes
import GraphIR

/// `y = x` for `x ≥ 0`, else `alpha · (exp(x) − 1)`.
package struct Elu: ElementwiseUnary, FusableActivation {
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
    package func fused(_ context: InferenceContext) -> FusedActivation? { FusedActivation(.elu, alpha: alpha) }

    package func apply<T: FloatElement>(_ x: T) -> T { x < 0 ? T(alpha) * T.expm1(x) : x }
}
