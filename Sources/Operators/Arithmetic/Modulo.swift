import Bytes
import GraphIR

/// The remainder of `a / b`, broadcast; integers give 0 for `b = 0`.
///
/// Of floored division (sign of `b`), or with `truncated` of truncated division (sign of `a`, C's `fmod`).
public struct Modulo: ElementwiseBinary {
    public var truncated = false

    public init() {}
    public init(truncated: Bool = false) {
        self.truncated = truncated
    }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("truncated", &truncated)
    }

    public func apply<T: NumericElement>(_ a: T, _ b: T) -> T { truncated ? T.truncatedModulo(a, b) : T.flooredModulo(a, b) }
}
