import GraphIR

/// `y = min(a, b)`, broadcast; NaN where either is.
package struct Minimum: ElementwiseBinary {
    package init() {}
    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.lesser(a, b) }
}
