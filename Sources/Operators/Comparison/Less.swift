import GraphIR

/// `y = (a < b)` as `bool`, broadcast, for any type; false where either is NaN.
public struct Less: ElementwiseComparison {
    public init() {}
    public func apply<T: NumericElement>(_ a: T, _ b: T) -> Bool { a < b }
}
