import GraphIR

/// True where either of `a` and `b` is, broadcast.
package struct Or: ElementwiseLogical {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .commutative, .monotonic] }
    package func apply(_ a: Bool, _ b: Bool) -> Bool { a || b }
}
