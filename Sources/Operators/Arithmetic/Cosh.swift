import GraphIR

/// `y = cosh(x)`.
package struct Cosh: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.cosh(x) }
}
