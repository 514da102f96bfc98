import Bytes
import GraphIR

/// `a` shifted by `b` bits, broadcast; bits shifted out are lost, signed integers keep their sign to the right.
///
/// A shift by the width or more leaves 0 (−1 for a negative number to the right), a negative one goes the other way.
public struct BitShift: ElementwiseBitwise {
    public enum Direction: String, AttributeEnum { case left, right }

    public var direction = Direction.left

    public init() {}
    public init(direction: Direction) { self.direction = direction }
    public var traits: OperatorTraits { .elementwise }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("direction", &direction)
    }

    public func apply<T: IntegerElement>(_ a: T, _ b: T) -> T {
        direction == .left ? a << b : a >> b
    }
}
