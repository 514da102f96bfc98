import GraphIR

/// `y = min(a, b)`, broadcast; NaN where either is.
public struct Minimum: ElementwiseBinary {
    public init() {}
    public func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.lesser(a, b) }
}
