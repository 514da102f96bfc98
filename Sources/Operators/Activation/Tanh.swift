import GraphIR

/// `y = tanh(x)`.
package struct Tanh: ElementwiseUnary, FusableActivation {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves] }
    package func layer(_ context: InferenceContext) -> LayerTraits? { .activation }
    package func fused(_ context: InferenceContext) -> FusedActivation? { FusedActivation(.tanh) }

    package func apply<T: FloatElement>(_ x: T) -> T { T.tanh(x) }
}
