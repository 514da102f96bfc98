import GraphIR

/// `y = x · max(0, min(1, x / 6 + 0.5))`.
public struct HardSwish: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { x * HardSigmoid(alpha: 1.0 / 6, beta: 0.5).apply(x) }
}
