import Bytes
import Tensors
import WireFormats

extension ElementType {
    /// The element type with ONNX's number for it.
    /// - Throws: `.unsupported` with ONNX's name for those Osteon doesn't have (strings, complex, 8 bits and less).
    init(onnx number: Int32, of what: @autoclosure () -> String) throws(OsteonError) {
        switch Onnx_TensorProto.DataType(rawValue: Int(number)) ?? .undefined {
        case .double: self = .f64
        case .float: self = .f32
        case .float16: self = .f16
        case .bfloat16: self = .bf16
        case .int64: self = .i64
        case .int32: self = .i32
        case .int16: self = .i16
        case .int8: self = .i8
        case .uint64: self = .u64
        case .uint32: self = .u32
        case .uint16: self = .u16
        case .uint8: self = .u8
        case .bool: self = .bool
        case .undefined: throw OsteonError(.malformed, "\(what()) has no element type.")
        case let other:
            let name = Self.unsupportedNames[other] ?? "number \(number)"
            throw OsteonError(.unsupported, "\(what()) has elements of type \(name), which Osteon doesn't have.")
        }
    }

    /// The element type by the name it has in ONNX's enumeration, as `Cast` had it before version 6.
    init(onnxName name: String) throws(OsteonError) {
        let known: [String: ElementType] = [
            "DOUBLE": .f64, "FLOAT": .f32, "FLOAT16": .f16, "INT64": .i64, "INT32": .i32, "INT16": .i16, "INT8": .i8, "UINT64": .u64,
            "UINT32": .u32, "UINT16": .u16, "UINT8": .u8, "BOOL": .bool,
        ]
        guard let type = known[name.uppercased()] else {
            throw OsteonError(.unsupported, "Elements of type \(name.prefix(40)), which Osteon doesn't have.")
        }
        self = type
    }

    private static let unsupportedNames: [Onnx_TensorProto.DataType: String] = [
        .string: "string", .complex64: "complex64", .complex128: "complex128", .float8E4M3Fn: "float8e4m3fn",
        .float8E4M3Fnuz: "float8e4m3fnuz", .float8E5M2: "float8e5m2", .float8E5M2Fnuz: "float8e5m2fnuz",
        .uint4: "uint4", .int4: "int4", .float4E2M1: "float4e2m1", .float8E8M0: "float8e8m0", .uint2: "uint2", .int2: "int2",
    ]
}
