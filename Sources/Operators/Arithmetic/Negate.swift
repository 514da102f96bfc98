import GraphIR

/// `y = −x`; integers wrap.
package struct Negate: ElementwiseNumeric {
    package init() {}
    package func apply<T: NumericElement>(_ x: T) -> T { T.negating(x) }
}
