import GraphIR

/// True where exactly one of `a` and `b` is, broadcast.
package struct Xor: ElementwiseLogical {
    package init() {}
    package func apply(_ a: Bool, _ b: Bool) -> Bool { a != b }
}
