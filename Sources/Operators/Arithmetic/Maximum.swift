import GraphIR

/// `y = max(a, b)`, broadcast; NaN where either is.
public struct Maximum: ElementwiseBinary {
    public init() {}
    public func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.greater(a, b) }
}
