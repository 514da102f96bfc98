import Tensors

/// The type of one element of a tensor; the raw value is its name in files and on the command line.
public enum ElementType: String, Sendable, CaseIterable, Hashable {
    case f64, f32, f16, bf16
    case i64, i32, i16, i8
    case u64, u32, u16, u8
    /// One byte, 0 or 1.
    case bool

    init(_ inner: Tensors.ElementType) {
        switch inner {
        case .f64: self = .f64
        case .f32: self = .f32
        case .f16: self = .f16
        case .bf16: self = .bf16
        case .i64: self = .i64
        case .i32: self = .i32
        case .i16: self = .i16
        case .i8: self = .i8
        case .u64: self = .u64
        case .u32: self = .u32
        case .u16: self = .u16
        case .u8: self = .u8
        case .bool: self = .bool
        }
    }
}
