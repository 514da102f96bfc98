import GraphIR

/// `y = tanh(x)`.
package struct Tanh: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.tanh(x) }
}
