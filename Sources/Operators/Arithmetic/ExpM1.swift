import GraphIR

/// `y = eˣ − 1`, accurate near 0.
package struct ExpM1: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.expm1(x) }
}
