import GraphIR

/// True where exactly one of `a` and `b` is, broadcast.
public struct Xor: ElementwiseLogical {
    public init() {}
    public func apply(_ a: Bool, _ b: Bool) -> Bool { a != b }
}
