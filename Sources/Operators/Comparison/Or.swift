import GraphIR

/// True where either of `a` and `b` is, broadcast.
public struct Or: ElementwiseLogical {
    public init() {}
    public func apply(_ a: Bool, _ b: Bool) -> Bool { a || b }
}
