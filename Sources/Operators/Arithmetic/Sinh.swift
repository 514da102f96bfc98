import GraphIR

/// `y = sinh(x)`.
package struct Sinh: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.sinh(x) }
}
