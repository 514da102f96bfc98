import GraphIR

/// True where both of `a` and `b` are, broadcast.
package struct And: ElementwiseLogical {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .commutative, .monotonic] }
    package func apply(_ a: Bool, _ b: Bool) -> Bool { a && b }
}
