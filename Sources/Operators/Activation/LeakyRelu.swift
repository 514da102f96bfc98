import Bytes
import GraphIR

/// `y = x` for `x ≥ 0`, else `alpha · x`.
package struct LeakyRelu: ElementwiseUnary {
    package var alpha = 0.01

    package init() {}
    package init(alpha: Double) { self.alpha = alpha }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
    }

    package func apply<T: FloatElement>(_ x: T) -> T { x < 0 ? T(alpha) * x : x }
}
