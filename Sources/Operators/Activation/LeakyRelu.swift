import Bytes
import GraphIR

/// `y = x` for `x ≥ 0`, else `alpha · x`.
package struct LeakyRelu: ElementwiseUnary, FusableActivation {
    package var alpha = 0.01

    package init() {}
    package init(alpha: Double) { self.alpha = alpha }
    package var traits: OperatorTraits { [.elementwise, .safeInHalves] }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
    }

    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }
    package func layer(_ context: InferenceContext) -> LayerTraits? { .activation }
    package func fused(_ context: InferenceContext) -> FusedActivation? { FusedActivation(.leakyRelu, alpha: alpha) }

    package func apply<T: FloatElement>(_ x: T) -> T { x < 0 ? T(alpha) * x : x }
}
