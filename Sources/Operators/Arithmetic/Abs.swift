import GraphIR

/// `y = |x|`; the least signed integer stays itself.
package struct Abs: ElementwiseNumeric {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves] }
    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }
    package func apply<T: NumericElement>(_ x: T) -> T { T.absolute(x) }
}
