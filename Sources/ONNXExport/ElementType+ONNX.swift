import Tensors
import WireFormats

extension ElementType {
    /// ONNX's number for the element type.
    var onnx: Onnx_TensorProto.DataType {
        switch self {
        case .f64: .double
        case .f32: .float
        case .f16: .float16
        case .bf16: .bfloat16
        case .i64: .int64
        case .i32: .int32
        case .i16: .int16
        case .i8: .int8
        case .u64: .uint64
        case .u32: .uint32
        case .u16: .uint16
        case .u8: .uint8
        case .bool: .bool
        }
    }
}
