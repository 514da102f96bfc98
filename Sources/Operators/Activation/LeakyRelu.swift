import Bytes
import GraphIR

/// `y = x` for `x ≥ 0`, else `alpha · x`.
public struct LeakyRelu: ElementwiseUnary {
    public var alpha = 0.01

    public init() {}
    public init(alpha: Double) { self.alpha = alpha }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
    }

    public func apply<T: FloatElement>(_ x: T) -> T { x < 0 ? T(alpha) * x : x }
}
