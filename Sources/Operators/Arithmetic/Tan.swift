import GraphIR

/// `y = tan(x)`. Radians.
package struct Tan: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.tan(x) }
}
