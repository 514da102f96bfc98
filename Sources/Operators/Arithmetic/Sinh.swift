import GraphIR

/// `y = sinh(x)`.
public struct Sinh: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.sinh(x) }
}
