import GraphIR

/// `y = eˣ`.
public struct Exp: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.exp(x) }
}
