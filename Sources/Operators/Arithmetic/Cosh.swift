import GraphIR

/// `y = cosh(x)`.
public struct Cosh: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.cosh(x) }
}
