import GraphIR

/// `y = asinh(x)`.
package struct Asinh: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.asinh(x) }
}
