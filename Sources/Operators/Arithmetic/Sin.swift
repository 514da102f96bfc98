import GraphIR

/// `y = sin(x)`. Radians.
public struct Sin: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.sin(x) }
}
