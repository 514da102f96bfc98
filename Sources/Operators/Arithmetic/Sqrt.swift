import GraphIR

/// `y = √x`; NaN below 0.
public struct Sqrt: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { x.squareRoot() }
}
