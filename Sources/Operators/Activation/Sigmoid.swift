import GraphIR

/// `y = 1 / (1 + exp(−x))`.
package struct Sigmoid: ElementwiseUnary, FusableActivation {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves, .nonNegative] }
    package func layer(_ context: InferenceContext) -> LayerTraits? { .activation }
    package func fused(_ context: InferenceContext) -> FusedActivation? { FusedActivation(.sigmoid) }

    package func apply<T: FloatElement>(_ x: T) -> T { 1 / (1 + T.exp(-x)) }
}
