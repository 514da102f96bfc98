import GraphIR

/// `y = tanh(x)`.
public struct Tanh: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.tanh(x) }
}
