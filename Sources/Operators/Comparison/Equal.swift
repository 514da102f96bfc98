import GraphIR

/// `y = (a = b)` as `bool`, broadcast, for any type; false where either is NaN.
public struct Equal: ElementwiseComparison {
    public init() {}
    public var traits: OperatorTraits { [.elementwise, .commutative] }
    public func apply<T: NumericElement>(_ a: T, _ b: T) -> Bool { a == b }
}
