import Bytes
import GraphIR

/// `a` shifted by `b` bits, broadcast; bits shifted out are lost, signed integers keep their sign to the right.
///
/// A shift by the width or more leaves 0 (−1 for a negative number to the right), a negative one goes the other way.
package struct BitShift: ElementwiseBitwise {
    package enum Direction: String, AttributeEnum { case left, right }

    package var direction = Direction.left

    package init() {}
    package init(direction: Direction) { self.direction = direction }
    package var traits: OperatorTraits { .elementwise }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("direction", &direction)
    }

    package func apply<T: IntegerElement>(_ a: T, _ b: T) -> T {
        direction == .left ? a << b : a >> b
    }
}
