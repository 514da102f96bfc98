import GraphIR

/// `y = asin(x)`; NaN outside −1…1.
package struct Asin: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.asin(x) }
}
