import GraphIR

/// `y = a + b`, broadcast; integers wrap.
package struct Add: ElementwiseBinary {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .commutative] }
    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.adding(a, b) }
}
