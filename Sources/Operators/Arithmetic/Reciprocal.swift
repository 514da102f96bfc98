import GraphIR

/// `y = 1 / x`.
package struct Reciprocal: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { 1 / x }
}
