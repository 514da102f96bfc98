import GraphIR

/// `y = (a ≤ b)` as `bool`, broadcast, for any type; false where either is NaN.
package struct LessOrEqual: ElementwiseComparison {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .monotonic] }
    package func apply<T: NumericElement>(_ a: T, _ b: T) -> Bool { a <= b }
}
