import GraphIR

/// `y = x · tanh(log(1 + exp(x)))` (Misra, "Mish", 2019).
package struct Mish: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { x * T.tanh(Softplus().apply(x)) }
}
