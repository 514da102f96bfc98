import GraphIR

/// `y` is the greatest whole number not above `x`.
package struct Floor: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { x.rounded(.down) }
}
