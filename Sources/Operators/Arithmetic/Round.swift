import GraphIR

/// `y` is the nearest whole number, halves to even.
package struct Round: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { x.rounded(.toNearestOrEven) }
}
