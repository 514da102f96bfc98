import GraphIR

/// `y` is −1, 0 or 1; NaN stays NaN.
package struct Sign: ElementwiseNumeric {
    package init() {}
    package func apply<T: NumericElement>(_ x: T) -> T { x > .zero ? .one : x < .zero ? T.negating(.one) : x == x ? .zero : x }
}
