import GraphIR

/// `y = −x`; integers wrap.
public struct Negate: ElementwiseNumeric {
    public init() {}
    public func apply<T: NumericElement>(_ x: T) -> T { T.negating(x) }
}
