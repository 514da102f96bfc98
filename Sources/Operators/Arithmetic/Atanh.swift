import GraphIR

/// `y = atanh(x)`; NaN outside −1…1.
package struct Atanh: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.atanh(x) }
}
