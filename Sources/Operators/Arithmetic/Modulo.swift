import Bytes
import GraphIR

/// The remainder of `a / b`, broadcast; integers give 0 for `b = 0`.
///
/// Of floored division (sign of `b`), or with `truncated` of truncated division (sign of `a`, C's `fmod`).
package struct Modulo: ElementwiseBinary {
    package var truncated = false

    package init() {}
    package init(truncated: Bool = false) {
        self.truncated = truncated
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("truncated", &truncated)
    }

    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { truncated ? T.truncatedModulo(a, b) : T.flooredModulo(a, b) }
}
