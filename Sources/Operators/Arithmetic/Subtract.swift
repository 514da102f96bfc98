import GraphIR

/// `y = a − b`, broadcast; integers wrap.
package struct Subtract: ElementwiseBinary {
    package init() {}
    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.subtracting(a, b) }
}
