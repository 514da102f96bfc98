import GraphIR

/// `y = 1 / x`.
public struct Reciprocal: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { 1 / x }
}
