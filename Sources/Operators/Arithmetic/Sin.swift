import GraphIR

/// `y = sin(x)`. Radians.
package struct Sin: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.sin(x) }
}
