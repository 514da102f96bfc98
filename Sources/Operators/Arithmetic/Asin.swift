import GraphIR

/// `y = asin(x)`; NaN outside −1…1.
public struct Asin: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.asin(x) }
}
