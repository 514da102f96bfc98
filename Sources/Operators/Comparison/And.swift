import GraphIR

/// True where both of `a` and `b` are, broadcast.
public struct And: ElementwiseLogical {
    public init() {}
    public func apply(_ a: Bool, _ b: Bool) -> Bool { a && b }
}
