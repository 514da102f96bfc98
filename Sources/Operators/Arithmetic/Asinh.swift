import GraphIR

/// `y = asinh(x)`.
public struct Asinh: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.asinh(x) }
}
