import GraphIR

/// `y = acos(x)`; NaN outside −1…1.
public struct Acos: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { T.acos(x) }
}
