import Tensors

/// How a tensor's floats are seen as integers: `x ≈ (q − zeroPoint) · scale`.
package struct AffineQuantization: Sendable, Hashable {
    /// `i8` or `u8`.
    package var elementType: ElementType
    package var scale: Float
    package var zeroPoint: Int

    package init(elementType: ElementType, scale: Float, zeroPoint: Int = 0) {
        self.elementType = elementType
        self.scale = scale
        self.zeroPoint = zeroPoint
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
