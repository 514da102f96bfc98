import GraphIR

/// `y = ln x`; NaN below 0.
package struct Log: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { T.log(x) }
}
