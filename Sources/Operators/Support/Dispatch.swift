import Bytes
import Tensors

/// An element type with arithmetic: all but `bool` and the 16-bit floats (which arrive widened to `f32`).
package protocol NumericElement: TensorElement, Comparable {
    /// What sums and products of many elements are held in: `Double`, `Int64` or `UInt64`.
    associatedtype Wide: NumericElement
    static func adding(_ a: Self, _ b: Self) -> Self
    static func subtracting(_ a: Self, _ b: Self) -> Self
    static func multiplying(_ a: Self, _ b: Self) -> Self
    /// Integer division truncates; by zero gives 0 (the standards leave it undefined, a trap is not an option).
    static func dividing(_ a: Self, _ b: Self) -> Self
    /// The quotient rounded down; integer division by zero gives 0.
    static func floorDividing(_ a: Self, _ b: Self) -> Self
    /// The remainder of truncated division (sign of `a`); integers modulo zero give 0.
    static func truncatedModulo(_ a: Self, _ b: Self) -> Self
    /// The remainder of floored division (sign of `b`); integers modulo zero give 0.
    static func flooredModulo(_ a: Self, _ b: Self) -> Self
    /// `-a`; integers wrap.
    static func negating(_ a: Self) -> Self
    /// `|a|`; the least signed integer stays itself.
    static func absolute(_ a: Self) -> Self
    static var zero: Self { get }
    static var one: Self { get }
    static var lowest: Self { get }
    static var highest: Self { get }
    var asDouble: Double { get }
    /// Rounded towards zero and clamped for integers.
    init(clamping value: Double)
    var wide: Wide { get }
    /// Rounded for floats; the low bits for integers.
    init(narrowing value: Wide)
}

extension NumericElement {
    /// The lesser; NaN where either is NaN (unlike the standard library's `minimum`).
    @inline(__always)
    package static func lesser(_ a: Self, _ b: Self) -> Self { a < b || a != a ? a : b }
    /// The greater; NaN where either is NaN (unlike the standard library's `maximum`).
    @inline(__always)
    package static func greater(_ a: Self, _ b: Self) -> Self { a > b || a != a ? a : b }
}

extension NumericElement where Self: FixedWidthInteger {
    package static func adding(_ a: Self, _ b: Self) -> Self { a &+ b }
    package static func subtracting(_ a: Self, _ b: Self) -> Self { a &- b }
    package static func multiplying(_ a: Self, _ b: Self) -> Self { a &* b }
    package static func dividing(_ a: Self, _ b: Self) -> Self { b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue }
    package static func floorDividing(_ a: Self, _ b: Self) -> Self {
        let remainder = truncatedModulo(a, b)
        return remainder != 0 && (remainder < 0) != (b < 0) ? dividing(a, b) &- 1 : dividing(a, b)
    }
    package static func truncatedModulo(_ a: Self, _ b: Self) -> Self {
        b == 0 ? 0 : a.remainderReportingOverflow(dividingBy: b).partialValue
    }
    package static func flooredModulo(_ a: Self, _ b: Self) -> Self {
        let remainder = truncatedModulo(a, b)
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder &+ b : remainder
    }
    package static func negating(_ a: Self) -> Self { 0 &- a }
    package static func absolute(_ a: Self) -> Self { a < 0 ? 0 &- a : a }
    package static var one: Self { 1 }
    package static var lowest: Self { .min }
    package static var highest: Self { .max }
    package var asDouble: Double { Double(self) }
    package init(clamping value: Double) {
        if value.isNaN {
            self = 0
        } else if value <= Double(Self.min) {
            self = .min
        } else if value >= Double(Self.max) {
            self = .max
        } else {
            self = Self(value)
        }
    }
}

extension NumericElement where Self: BinaryFloatingPoint {
    package static func adding(_ a: Self, _ b: Self) -> Self { a + b }
    package static func subtracting(_ a: Self, _ b: Self) -> Self { a - b }
    package static func multiplying(_ a: Self, _ b: Self) -> Self { a * b }
    package static func dividing(_ a: Self, _ b: Self) -> Self { a / b }
    package static func floorDividing(_ a: Self, _ b: Self) -> Self { (a / b).rounded(.down) }
    package static func truncatedModulo(_ a: Self, _ b: Self) -> Self { a.truncatingRemainder(dividingBy: b) }
    package static func flooredModulo(_ a: Self, _ b: Self) -> Self {
        let remainder = a.truncatingRemainder(dividingBy: b)
        if remainder == 0 { return Self(signOf: b, magnitudeOf: 0) }
        return (remainder < 0) != (b < 0) ? remainder + b : remainder
    }
    package static func negating(_ a: Self) -> Self { -a }
    package static func absolute(_ a: Self) -> Self { a.magnitude }
    package static var one: Self { 1 }
    package static var lowest: Self { -.infinity }
    package static var highest: Self { .infinity }
    package var asDouble: Double { Double(self) }
    package init(clamping value: Double) { self = Self(value) }
    package var wide: Double { Double(self) }
    package init(narrowing value: Double) { self = Self(value) }
}

extension NumericElement where Self: SignedInteger & FixedWidthInteger {
    package var wide: Int64 { Int64(truncatingIfNeeded: self) }
    package init(narrowing value: Int64) { self = Self(truncatingIfNeeded: value) }
}

extension NumericElement where Self: UnsignedInteger & FixedWidthInteger {
    package var wide: UInt64 { UInt64(truncatingIfNeeded: self) }
    package init(narrowing value: UInt64) { self = Self(truncatingIfNeeded: value) }
}

/// An integer element type.
package protocol IntegerElement: NumericElement, FixedWidthInteger {}

extension Double: NumericElement {}
extension Float: NumericElement {}
extension Int64: IntegerElement {}
extension Int32: IntegerElement {}
extension Int16: IntegerElement {}
extension Int8: IntegerElement {}
extension UInt64: IntegerElement {}
extension UInt32: IntegerElement {}
extension UInt16: IntegerElement {}
extension UInt8: IntegerElement {}

/// Work to be done on elements of one type, picked at run time by `dispatch`.
protocol NumericBody {
    func run<T: NumericElement>(_ type: T.Type) throws(OsteonError)
}

/// Work to be done on floating-point elements.
protocol FloatBody {
    func run<T: FloatElement>(_ type: T.Type) throws(OsteonError)
}

/// Work to be done on integer elements.
protocol IntegerBody {
    func run<T: IntegerElement>(_ type: T.Type) throws(OsteonError)
}

/// Work that only moves elements of one width.
protocol WidthBody {
    func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(OsteonError)
}

/// Runs `body` for an element type with arithmetic.
/// - Throws: `.unsupported` for `bool`, and for 16-bit floats, which must be widened before.
func dispatch(_ type: ElementType, _ body: some NumericBody) throws(OsteonError) {
    switch type {
    case .f64: try body.run(Double.self)
    case .f32: try body.run(Float.self)
    case .i64: try body.run(Int64.self)
    case .i32: try body.run(Int32.self)
    case .i16: try body.run(Int16.self)
    case .i8: try body.run(Int8.self)
    case .u64: try body.run(UInt64.self)
    case .u32: try body.run(UInt32.self)
    case .u16: try body.run(UInt16.self)
    case .u8: try body.run(UInt8.self)
    case .bool, .f16, .bf16: throw OsteonError(.unsupported, "No arithmetic on \(type.rawValue).")
    }
}

/// Runs `body` for `f32` or `f64`.
func dispatchFloat(_ type: ElementType, _ body: some FloatBody) throws(OsteonError) {
    switch type {
    case .f64: try body.run(Double.self)
    case .f32: try body.run(Float.self)
    default: throw OsteonError(.unsupported, "Needs a floating-point type, not \(type.rawValue).")
    }
}

/// Runs `body` for an integer type.
/// - Throws: `.unsupported` for floats and `bool`.
func dispatchInteger(_ type: ElementType, _ body: some IntegerBody) throws(OsteonError) {
    switch type {
    case .i64: try body.run(Int64.self)
    case .i32: try body.run(Int32.self)
    case .i16: try body.run(Int16.self)
    case .i8: try body.run(Int8.self)
    case .u64: try body.run(UInt64.self)
    case .u32: try body.run(UInt32.self)
    case .u16: try body.run(UInt16.self)
    case .u8: try body.run(UInt8.self)
    case .bool, .f64, .f32, .f16, .bf16: throw OsteonError(.unsupported, "Needs an integer type, not \(type.rawValue).")
    }
}

/// Runs `body` with the unsigned integer as wide as one element.
func dispatchWidth(_ type: ElementType, _ body: some WidthBody) throws(OsteonError) {
    switch type.byteCount {
    case 8: try body.run(UInt64.self)
    case 4: try body.run(UInt32.self)
    case 2: try body.run(UInt16.self)
    default: try body.run(UInt8.self)
    }
}
