import Bytes
import GraphIR

/// `y = max(0, x) + min(0, alpha · (exp(x / alpha) − 1))`.
package struct Celu: ElementwiseUnary {
    package var alpha = 1.0

    package init() {}
    package init(alpha: Double = 1.0) {
        self.alpha = alpha
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
    }

    package func apply<T: FloatElement>(_ x: T) -> T { x < 0 ? T(alpha) * T.expm1(x / T(alpha)) : x }
}
