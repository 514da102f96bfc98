import GraphIR

/// `y = eˣ − 1`, accurate near 0.
public struct ExpM1: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.expm1(x) }
}
