import GraphIR

/// `y = x / (1 + |x|)`.
public struct Softsign: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { x / (1 + x.magnitude) }
}
