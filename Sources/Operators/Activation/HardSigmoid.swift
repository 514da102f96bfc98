import Bytes
import GraphIR

/// `y = max(0, min(1, alpha · x + beta))`.
public struct HardSigmoid: ElementwiseUnary {
    public var alpha = 0.2
    public var beta = 0.5

    public init() {}
    public init(alpha: Double = 0.2, beta: Double = 0.5) {
        self.alpha = alpha
        self.beta = beta
    }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
        try visitor.visit("beta", &beta)
    }

    public func apply<T: FloatElement>(_ x: T) -> T { T.greater(0, T.lesser(1, T(alpha) * x + T(beta))) }
}
