import Bytes
import GraphIR

/// `y = gamma · x` for `x > 0`, else `gamma · alpha · (exp(x) − 1)` (Klambauer et al., 2017).
package struct Selu: ElementwiseUnary {
    package var alpha = 1.67326319217681884765625
    package var gamma = 1.05070102214813232421875

    package init() {}
    package init(alpha: Double = 1.67326319217681884765625, gamma: Double = 1.05070102214813232421875) {
        self.alpha = alpha
        self.gamma = gamma
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
        try visitor.visit("gamma", &gamma)
    }

    package func apply<T: FloatElement>(_ x: T) -> T { T(gamma) * (x <= 0 ? T(alpha) * T.expm1(x) : x) }
}
