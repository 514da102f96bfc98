import GraphIR

/// `y = a · b`, broadcast; integers wrap.
package struct Multiply: ElementwiseBinary {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .commutative] }
    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.multiplying(a, b) }
}
