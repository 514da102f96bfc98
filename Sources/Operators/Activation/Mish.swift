import GraphIR

/// `y = x · tanh(log(1 + exp(x)))` (Misra, "Mish", 2019).
package struct Mish: ElementwiseUnary, FusableActivation {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves] }
    package func layer(_ context: InferenceContext) -> LayerTraits? { .activation }
    package func fused(_ context: InferenceContext) -> FusedActivation? { FusedActivation(.mish) }

    package func apply<T: FloatElement>(_ x: T) -> T { x * T.tanh(Softplus().apply(x)) }
}
