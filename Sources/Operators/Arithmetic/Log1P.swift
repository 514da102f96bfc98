import GraphIR

/// `y = ln(1 + x)`, accurate near 0.
package struct Log1P: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.log1p(x) }
}
