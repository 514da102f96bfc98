import Bytes
import GraphIR

/// `y = max(0, x) + min(0, alpha · (exp(x / alpha) − 1))`.
public struct Celu: ElementwiseUnary {
    public var alpha = 1.0

    public init() {}
    public init(alpha: Double = 1.0) {
        self.alpha = alpha
    }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
    }

    public func apply<T: FloatElement>(_ x: T) -> T { x < 0 ? T(alpha) * T.expm1(x / T(alpha)) : x }
}
