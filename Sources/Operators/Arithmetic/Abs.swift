import GraphIR

/// `y = |x|`; the least signed integer stays itself.
package struct Abs: ElementwiseNumeric {
    package init() {}
    package func apply<T: NumericElement>(_ x: T) -> T { T.absolute(x) }
}
