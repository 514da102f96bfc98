import GraphIR

/// `y = acosh(x)`; NaN below 1.
public struct Acosh: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.acosh(x) }
}
