import Bytes

/// The type of one element of a tensor. The raw value is the name in `.osteon` files and on the command line.
package enum ElementType: String, JSONEnum, Hashable {
    case f64, f32, f16, bf16
    case i64, i32, i16, i8
    case u64, u32, u16, u8
    case bool

    package var byteCount: Int {
        switch self {
        case .f64, .i64, .u64: 8
        case .f32, .i32, .u32: 4
        case .f16, .bf16, .i16, .u16: 2
        case .i8, .u8, .bool: 1
        }
    }

    package var isFloat: Bool { self == .f64 || self == .f32 || isHalf }

    /// The 16-bit floating-point types, which are computed in `f32`.
    package var isHalf: Bool { self == .f16 || self == .bf16 }

    package var isSigned: Bool {
        switch self {
        case .u64, .u32, .u16, .u8, .bool: false
        default: true
        }
    }

    package var isInteger: Bool { !isFloat && self != .bool }
}

/// A Swift type that holds one element of a tensor in memory.
///
/// `f16` and `bf16` have no such type on purpose: they are storage formats (see `Tensor.converted(to:)`).
package protocol TensorElement: Sendable, BitwiseCopyable {
    static var elementType: ElementType { get }
}

extension Double: TensorElement { package static var elementType: ElementType { .f64 } }
extension Float: TensorElement { package static var elementType: ElementType { .f32 } }
extension Int64: TensorElement { package static var elementType: ElementType { .i64 } }
extension Int32: TensorElement { package static var elementType: ElementType { .i32 } }
extension Int16: TensorElement { package static var elementType: ElementType { .i16 } }
extension Int8: TensorElement { package static var elementType: ElementType { .i8 } }
extension UInt64: TensorElement { package static var elementType: ElementType { .u64 } }
extension UInt32: TensorElement { package static var elementType: ElementType { .u32 } }
extension UInt16: TensorElement { package static var elementType: ElementType { .u16 } }
extension UInt8: TensorElement { package static var elementType: ElementType { .u8 } }
extension Bool: TensorElement { package static var elementType: ElementType { .bool } }
