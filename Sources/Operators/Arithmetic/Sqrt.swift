import GraphIR

/// `y = √x`; NaN below 0.
package struct Sqrt: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { x.squareRoot() }
}
