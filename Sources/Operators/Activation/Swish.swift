import Bytes
import GraphIR

/// `y = x / (1 + exp(−alpha · x))`; SiLU where `alpha` is 1.
public struct Swish: ElementwiseUnary {
    public var alpha = 1.0

    public init() {}
    public init(alpha: Double = 1.0) {
        self.alpha = alpha
    }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
    }

    public func apply<T: FloatElement>(_ x: T) -> T { x * Sigmoid().apply(T(alpha) * x) }
}
