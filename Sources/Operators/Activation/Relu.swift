import GraphIR

/// `y = max(x, 0)`; also for integers.
package struct Relu: ElementwiseNumeric {
    package init() {}
    package func apply<T: NumericElement>(_ x: T) -> T { x < .zero ? .zero : x }
}
