import GraphIR

/// `y = max(x, 0)`; also for integers.
package struct Relu: ElementwiseNumeric, FusableActivation {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves, .nonNegative] }
    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }
    package func fused(_ context: InferenceContext) -> FusedActivation? { .relu }

    package func apply<T: NumericElement>(_ x: T) -> T { x < .zero ? .zero : x }
}
