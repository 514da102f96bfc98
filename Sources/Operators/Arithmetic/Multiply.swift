import GraphIR

/// `y = a · b`, broadcast; integers wrap.
public struct Multiply: ElementwiseBinary {
    public init() {}
    public var traits: OperatorTraits { [.elementwise, .commutative] }
    public func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.multiplying(a, b) }
}
