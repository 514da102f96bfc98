import Bytes
import GraphIR

/// `y = gamma · x` for `x > 0`, else `gamma · alpha · (exp(x) − 1)` (Klambauer et al., 2017).
public struct Selu: ElementwiseUnary {
    public var alpha = 1.67326319217681884765625
    public var gamma = 1.05070102214813232421875

    public init() {}
    public init(alpha: Double = 1.67326319217681884765625, gamma: Double = 1.05070102214813232421875) {
        self.alpha = alpha
        self.gamma = gamma
    }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
        try visitor.visit("gamma", &gamma)
    }

    public func apply<T: FloatElement>(_ x: T) -> T { T(gamma) * (x <= 0 ? T(alpha) * T.expm1(x) : x) }
}
