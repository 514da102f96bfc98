/// An arithmetic operator on two operands that, where one is a constant, multiplies the other and adds to it.
package protocol AffineArithmetic: ElementwiseBinary {
    /// Whether it multiplies by its constant operand; else it adds it.
    var multiplies: Bool { get }
    /// What a constant operand does to the other; nil where that's no factor and addend.
    func step(constant: Double, isFirst: Bool) -> AffineStep?
}

/// `y = scale · x + shift`
package struct AffineStep: Sendable, Hashable {
    package var scale = 1.0
    package var shift = 0.0
}
