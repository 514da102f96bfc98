import Bytes
import GraphIR
import Tensors
import WireFormats

extension Tensorflow_DataType {
    /// The element type; reference types (101 and up) count as what they refer to.
    /// - Throws: `.unsupported` for strings, resources, complex and quantised types.
    func elementType() throws(OsteonError) -> ElementType {
        let type = rawValue > 100 ? Tensorflow_DataType(rawValue: rawValue - 100) ?? .dtInvalid : self
        switch type {
        case .dtFloat: return .f32
        case .dtDouble: return .f64
        case .dtHalf: return .f16
        case .dtBfloat16: return .bf16
        case .dtInt64: return .i64
        case .dtInt32: return .i32
        case .dtInt16: return .i16
        case .dtInt8: return .i8
        case .dtUint64: return .u64
        case .dtUint32: return .u32
        case .dtUint16: return .u16
        case .dtUint8: return .u8
        case .dtBool: return .bool
        case .dtString: throw OsteonError(.unsupported, "elements that are strings")
        case .dtResource, .dtVariant: throw OsteonError(.unsupported, "elements that are resources")
        default: throw OsteonError(.unsupported, "elements of TensorFlow's type \(rawValue)")
        }
    }
}

extension Tensorflow_TensorShapeProto {
    /// The extents, all known.
    /// - Throws: `.malformed` for a negative extent or unknown rank, `.limitExceeded` for more than 32 axes.
    func fixedShape() throws(OsteonError) -> [Int] {
        guard !unknownRank, dim.count <= 32 else {
            throw OsteonError(.malformed, "A constant of unknown or absurd rank.")
        }
        var result: [Int] = []
        for dimension in dim {
            guard dimension.size >= 0 else { throw OsteonError(.malformed, "A negative size (\(dimension.size)) in a shape.") }
            result.append(Int(dimension.size))
        }
        return result
    }

    /// The extents; free ones are named after the tensor and their axis, the first `batch`. Nil for unknown rank.
    func dimensions(of name: String, batch: String) throws(OsteonError) -> [Tensors.Dimension]? {
        guard !unknownRank else { return nil }
        guard dim.count <= 32 else { throw OsteonError(.limitExceeded, "\(name) has \(dim.count) axes; 32 are the most.") }
        var result: [Tensors.Dimension] = []
        for (axis, dimension) in dim.enumerated() {
            guard dimension.size >= -1 else {
                throw OsteonError(.malformed, "A negative size (\(dimension.size)) in the shape of \(name).")
            }
            guard dimension.size < 1 << 31 else {
                throw OsteonError(.limitExceeded, "\(name) has an extent of \(dimension.size).")
            }
            if dimension.size >= 0 {
                result.append(.fixed(Int(dimension.size)))
            } else {
                result.append(.free(axis == 0 ? batch : "\(name)_\(axis)"))
            }
        }
        return result
    }
}

/// Decodes constants; counts what splat values blow up to, so that a small file can't fill memory.
struct ConstantReader {
    /// Bytes that constants with fewer values than elements may still take.
    private var splatBudget = 1 << 28

    /// The tensor a TensorProto stands for. Raw bytes are shared, not copied; of typed values the last one fills what's
    /// left out, and none at all means zeros.
    /// - Throws: `.malformed` where there are more values or bytes than the shape has, or fewer bytes.
    mutating func tensor(_ proto: Tensorflow_TensorProto) throws(OsteonError) -> Tensor {
        let type = try proto.dtype.elementType()
        let shape = try proto.tensorShape.fixedShape()
        let count = try Checked.product(shape)
        let byteCount = try Checked.multiply(count, type.byteCount)
        if !proto.tensorContent.isEmpty {
            guard proto.tensorContent.count == byteCount else {
                throw OsteonError(
                    .malformed,
                    "A constant of shape \(shape) and type \(type.rawValue) needs \(byteCount) bytes, "
                        + "its content has \(proto.tensorContent.count).")
            }
            return try Tensor(type, shape, storage: TensorStorage(sharing: SharedBytes(proto.tensorContent)))
        }
        switch type {
        case .f32: return try fill(type, shape, count, proto.floatVal)
        case .f64: return try fill(type, shape, count, proto.doubleVal)
        case .f16, .bf16: return try fill(type, shape, count, proto.halfVal.map { UInt16(truncatingIfNeeded: $0) })
        case .i64: return try fill(type, shape, count, proto.int64Val)
        case .i32: return try fill(type, shape, count, proto.intVal)
        case .i16: return try fill(type, shape, count, proto.intVal.map { Int16(truncatingIfNeeded: $0) })
        case .i8: return try fill(type, shape, count, proto.intVal.map { Int8(truncatingIfNeeded: $0) })
        case .u64: return try fill(type, shape, count, proto.uint64Val)
        case .u32: return try fill(type, shape, count, proto.uint32Val)
        case .u16: return try fill(type, shape, count, proto.intVal.map { UInt16(truncatingIfNeeded: $0) })
        case .u8: return try fill(type, shape, count, proto.intVal.map { UInt8(truncatingIfNeeded: $0) })
        case .bool: return try fill(type, shape, count, proto.boolVal.map { $0 ? UInt8(1) : 0 })
        }
    }

    private mutating func fill<T: BitwiseCopyable & ExpressibleByIntegerLiteral>(
        _ type: ElementType, _ shape: [Int], _ count: Int, _ values: [T]
    ) throws(OsteonError) -> Tensor {
        guard values.count <= count else {
            throw OsteonError(.malformed, "A constant of shape \(shape) has \(values.count) values.")
        }
        if values.count < count {
            let missing = try Checked.multiply(count - values.count, type.byteCount)
            guard missing <= splatBudget else {
                throw OsteonError(.limitExceeded, "A constant of shape \(shape) made of \(values.count) values is too large.")
            }
            splatBudget -= missing
        }
        let tensor = try Tensor(uninitialized: type, shape)
        var elements = tensor.mutableElements(T.self)
        let last = values.last ?? 0
        for index in 0..<count { elements[index] = index < values.count ? values[index] : last }
        return tensor
    }
}
