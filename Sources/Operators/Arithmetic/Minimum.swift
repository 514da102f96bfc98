import GraphIR

/// `y = min(a, b)`, broadcast; NaN where either is.
package struct Minimum: ElementwiseBinary {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves, .monotonic] }
    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0, 1] }
    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.lesser(a, b) }
}
