import Bytes
import GraphIR

/// `y = x` for `x > alpha`, else 0.
package struct ThresholdedRelu: ElementwiseUnary {
    package var alpha = 1.0

    package init() {}
    package init(alpha: Double = 1.0) {
        self.alpha = alpha
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
    }

    package func apply<T: FloatElement>(_ x: T) -> T { x <= T(alpha) ? 0 : x }
}
