import GraphIR

/// `y = acos(x)`; NaN outside −1…1.
package struct Acos: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.acos(x) }
}
