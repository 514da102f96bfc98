import GraphIR

/// `y = 1 / (1 + exp(−x))`.
public struct Sigmoid: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { 1 / (1 + T.exp(-x)) }
}
