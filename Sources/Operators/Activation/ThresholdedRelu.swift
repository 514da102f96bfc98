import Bytes
import GraphIR

/// `y = x` for `x > alpha`, else 0.
public struct ThresholdedRelu: ElementwiseUnary {
    public var alpha = 1.0

    public init() {}
    public init(alpha: Double = 1.0) {
        self.alpha = alpha
    }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
    }

    public func apply<T: FloatElement>(_ x: T) -> T { x <= T(alpha) ? 0 : x }
}
