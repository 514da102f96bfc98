import GraphIR

/// `y = cos(x)`. Radians.
public struct Cos: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.cos(x) }
}
