import GraphIR

/// `y = tan(x)`. Radians.
public struct Tan: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.tan(x) }
}
