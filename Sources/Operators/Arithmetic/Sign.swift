import GraphIR

/// `y` is −1, 0 or 1; NaN stays NaN.
public struct Sign: ElementwiseNumeric {
    public init() {}
    public func apply<T: NumericElement>(_ x: T) -> T { x > .zero ? .one : x < .zero ? T.negating(.one) : x == x ? .zero : x }
}
