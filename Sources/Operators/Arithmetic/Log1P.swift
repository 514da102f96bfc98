import GraphIR

/// `y = ln(1 + x)`, accurate near 0.
public struct Log1P: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.log1p(x) }
}
