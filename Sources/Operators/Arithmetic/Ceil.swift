import GraphIR

/// `y` is the least whole number not below `x`.
package struct Ceil: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { x.rounded(.up) }
}
