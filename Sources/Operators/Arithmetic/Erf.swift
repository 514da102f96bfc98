import GraphIR

/// `y = erf(x)`, the error function.
public struct Erf: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.erf(x) }
}
