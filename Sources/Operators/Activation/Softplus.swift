import GraphIR

/// `y = log(1 + exp(x))`, without overflow for large `x`.
package struct Softplus: ElementwiseUnary, FusableActivation {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .nonNegative] }
    package func layer(_ context: InferenceContext) -> LayerTraits? { .activation }
    package func fused(_ context: InferenceContext) -> FusedActivation? { FusedActivation(.softplus) }

    package func apply<T: FloatElement>(_ x: T) -> T { (x > 0 ? x : 0) + T.log1p(T.exp(-x.magnitude)) }
}
