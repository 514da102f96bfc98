import GraphIR

/// `y = erf(x)`, the error function.
package struct Erf: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.erf(x) }
}
