import Bytes
import GraphIR

/// `y = x + bias` for `x < −lambda`, `x − bias` for `x > lambda`, else 0; integers truncate.
package struct Shrink: ElementwiseNumeric {
    package var bias = 0.0
    package var lambda = 0.5

    package init() {}
    package init(bias: Double = 0.0, lambda: Double = 0.5) {
        self.bias = bias
        self.lambda = lambda
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("bias", &bias)
        try visitor.visit("lambda", &lambda)
    }

    package func apply<T: NumericElement>(_ x: T) -> T {
        let value = x.asDouble
        if value < -lambda { return T(clamping: value + bias) }
        if value > lambda { return T(clamping: value - bias) }
        return x == x ? .zero : x
    }
}
