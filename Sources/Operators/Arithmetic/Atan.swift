import GraphIR

/// `y = atan(x)`.
package struct Atan: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.atan(x) }
}
