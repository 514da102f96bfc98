import GraphIR

/// `y = a ^ b` bit by bit, broadcast.
package struct BitwiseXor: ElementwiseBitwise {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .commutative] }
    package func apply<T: IntegerElement>(_ a: T, _ b: T) -> T { a ^ b }
}
