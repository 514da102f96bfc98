import Bytes
import GraphIR

/// `y = x` for `x ≥ 0`, else `alpha · (exp(x) − 1)`.
package struct Elu: ElementwiseUnary {
    package var alpha = 1.0

    package init() {}
    package init(alpha: Double = 1.0) {
        self.alpha = alpha
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
    }

    package func apply<T: FloatElement>(_ x: T) -> T { x < 0 ? T(alpha) * T.expm1(x) : x }
}
