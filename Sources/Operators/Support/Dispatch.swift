import Bytes
import Tensors

/// An element type with arithmetic: all but `bool` and the 16-bit floats (which arrive widened to `f32`).
public protocol NumericElement: TensorElement, Comparable {
    static func adding(_ a: Self, _ b: Self) -> Self
    static func subtracting(_ a: Self, _ b: Self) -> Self
    static func multiplying(_ a: Self, _ b: Self) -> Self
    /// Integer division truncates; by zero gives 0 (the standards leave it undefined, a trap is not an option).
    static func dividing(_ a: Self, _ b: Self) -> Self
    static var zero: Self { get }
    static var one: Self { get }
    static var lowest: Self { get }
    static var highest: Self { get }
    var asDouble: Double { get }
    /// Rounded towards zero and clamped for integers.
    init(clamping value: Double)
}

extension NumericElement where Self: FixedWidthInteger {
    public static func adding(_ a: Self, _ b: Self) -> Self { a &+ b }
    public static func subtracting(_ a: Self, _ b: Self) -> Self { a &- b }
    public static func multiplying(_ a: Self, _ b: Self) -> Self { a &* b }
    public static func dividing(_ a: Self, _ b: Self) -> Self { b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue }
    public static var one: Self { 1 }
    public static var lowest: Self { .min }
    public static var highest: Self { .max }
    public var asDouble: Double { Double(self) }
    public init(clamping value: Double) {
        if value.isNaN { self = 0 } else if value <= Double(Self.min) { self = .min } else if value >= Double(Self.max) { self = .max } else { self = Self(value) }
    }
}

extension NumericElement where Self: BinaryFloatingPoint {
    public static func adding(_ a: Self, _ b: Self) -> Self { a + b }
    public static func subtracting(_ a: Self, _ b: Self) -> Self { a - b }
    public static func multiplying(_ a: Self, _ b: Self) -> Self { a * b }
    public static func dividing(_ a: Self, _ b: Self) -> Self { a / b }
    public static var one: Self { 1 }
    public static var lowest: Self { -.infinity }
    public static var highest: Self { .infinity }
    public var asDouble: Double { Double(self) }
    public init(clamping value: Double) { self = Self(value) }
}

extension Double: NumericElement {}
extension Float: NumericElement {}
extension Int64: NumericElement {}
extension Int32: NumericElement {}
extension Int16: NumericElement {}
extension Int8: NumericElement {}
extension UInt64: NumericElement {}
extension UInt32: NumericElement {}
extension UInt16: NumericElement {}
extension UInt8: NumericElement {}

/// Work to be done on elements of one type, picked at run time by `dispatch`.
protocol NumericBody {
    func run<T: NumericElement>(_ type: T.Type) throws(OsteonError)
}

/// Work to be done on floating-point elements.
protocol FloatBody {
    func run<T: FloatElement>(_ type: T.Type) throws(OsteonError)
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

/// Runs `body` with the unsigned integer as wide as one element.
func dispatchWidth(_ type: ElementType, _ body: some WidthBody) throws(OsteonError) {
    switch type.byteCount {
    case 8: try body.run(UInt64.self)
    case 4: try body.run(UInt32.self)
    case 2: try body.run(UInt16.self)
    default: try body.run(UInt8.self)
    }
}
