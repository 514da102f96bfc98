import GraphIR

/// `y = 1 / (1 + exp(−x))`.
package struct Sigmoid: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { 1 / (1 + T.exp(-x)) }
}
