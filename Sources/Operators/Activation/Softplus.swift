import GraphIR

/// `y = log(1 + exp(x))`, without overflow for large `x`.
package struct Softplus: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { (x > 0 ? x : 0) + T.log1p(T.exp(-x.magnitude)) }
}
