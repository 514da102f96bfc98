import GraphIR

/// `y = max(a, b)`, broadcast; NaN where either is.
package struct Maximum: ElementwiseBinary {
    package init() {}
    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.greater(a, b) }
}
