import GraphIR

/// `y = x · max(0, min(1, x / 6 + 0.5))`.
package struct HardSwish: ElementwiseUnary, FusableActivation {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves] }
    package func layer(_ context: InferenceContext) -> LayerTraits? { .activation }
    package func fused(_ context: InferenceContext) -> FusedActivation? { FusedActivation(.hardSwish) }

    package func apply<T: FloatElement>(_ x: T) -> T { x * HardSigmoid(alpha: 1.0 / 6, beta: 0.5).apply(x) }
}
