import GraphIR

/// `y = cos(x)`. Radians.
package struct Cos: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.cos(x) }
}
