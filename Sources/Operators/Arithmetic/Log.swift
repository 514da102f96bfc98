import GraphIR

/// `y = ln x`; NaN below 0.
public struct Log: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.log(x) }
}
