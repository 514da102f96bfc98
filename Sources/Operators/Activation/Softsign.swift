import GraphIR

/// `y = x / (1 + |x|)`.
package struct Softsign: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { x / (1 + x.magnitude) }
}
