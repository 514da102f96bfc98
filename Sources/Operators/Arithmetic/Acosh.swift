import GraphIR

/// `y = acosh(x)`; NaN below 1.
package struct Acosh: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.acosh(x) }
}
