import GraphIR

/// `y = a / b`, broadcast; integers truncate towards zero and give 0 for `b = 0`.
package struct Divide: ElementwiseBinary {
    package init() {}
    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.dividing(a, b) }
}
