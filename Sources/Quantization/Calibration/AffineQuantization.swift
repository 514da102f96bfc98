import Bytes
import Tensors

/// How a tensor's floats are seen as integers: `x ≈ (q − zeroPoint) · scale`.
package struct AffineQuantization: Record, Hashable {
    /// `i8` or `u8`.
    package var elementType = ElementType.i8
    package var scale: Float = 1
    package var zeroPoint = 0

    package init() {}

    package init(elementType: ElementType, scale: Float, zeroPoint: Int = 0) {
        self.elementType = elementType
        self.scale = scale
        self.zeroPoint = zeroPoint
    }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.member("type", &elementType, JSONForm<ElementType>.own.holding("i8 or u8") { $0 == .i8 || $0 == .u8 })
        try visitor.member("scale", &scale, JSONForm<Float>.own.holding("a number above 0") { $0.isNormal && $0 > 0 })
        try visitor.member("zero_point", &zeroPoint)
        try visitor.require(levels.contains(zeroPoint), "The zero point \(zeroPoint) is none of the type's integers.")
    }

    /// The integers there are.
    package var levels: ClosedRange<Int> { elementType == .u8 ? 0...255 : -128...127 }
    package var lowest: Double { Double(levels.lowerBound - zeroPoint) * Double(scale) }
    package var highest: Double { Double(levels.upperBound - zeroPoint) * Double(scale) }

    /// `low` to `high` in 8 bits, 0 being met exactly.
    /// - Parameter symmetric: signed integers around 0; else unsigned ones wherever the range lies.
    package init(low: Double, high: Double, symmetric: Bool) {
        let low = min(low, 0)
        let high = max(high, 0)
        if symmetric {
            let largest = max(-low, high)
            self.init(elementType: .i8, scale: Self.usable(largest / 127))
        } else {
            let scale = Self.usable((high - low) / 255)
            let zero = min(max((-low / Double(scale)).rounded(.toNearestOrEven), 0), 255)
            self.init(elementType: .u8, scale: scale, zeroPoint: Int(zero))
        }
    }

    /// A scale that can be divided by: 1 for a tensor of zeros.
    private static func usable(_ scale: Double) -> Float {
        let scale = Float(scale)
        return scale.isNormal ? scale : 1
    }

    /// `x` after quantisation and back.
    @inline(__always)
    package func rounded(_ x: Double) -> Double {
        let steps = (x / Double(scale)).rounded(.toNearestOrEven) + Double(zeroPoint)
        let clamped = min(max(steps, Double(levels.lowerBound)), Double(levels.upperBound))
        return (clamped - Double(zeroPoint)) * Double(scale)
    }
}
