import GraphIR

/// `y = −x`; integers wrap.
package struct Negate: ElementwiseNumeric {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves] }
    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }
    package func apply<T: NumericElement>(_ x: T) -> T { T.negating(x) }
}
