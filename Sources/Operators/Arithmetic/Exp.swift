import GraphIR

/// `y = eˣ`.
package struct Exp: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.exp(x) }
}
