import GraphIR

/// `y = atan(x)`.
public struct Atan: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.atan(x) }
}
