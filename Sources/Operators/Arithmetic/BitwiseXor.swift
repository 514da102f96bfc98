import GraphIR

/// `y = a ^ b` bit by bit, broadcast.
public struct BitwiseXor: ElementwiseBitwise {
    public init() {}
    public var traits: OperatorTraits { [.elementwise, .commutative] }
    public func apply<T: IntegerElement>(_ a: T, _ b: T) -> T { a ^ b }
}
