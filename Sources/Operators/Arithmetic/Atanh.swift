import GraphIR

/// `y = atanh(x)`; NaN outside −1…1.
public struct Atanh: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.atanh(x) }
}
