import Bytes
import GraphIR
import Tensors

/// The zero points of operators that compute with bytes.
enum ZeroPoint {
    /// - Throws: `.invalidGraph` unless a value is of bytes and its zero point, where it has one, of the same type.
    static func check(_ value: TensorType, _ zero: TensorType?) throws(OsteonError) {
        guard value.elementType == .u8 || value.elementType == .i8 else {
            throw invalidGraph("An operand is \(value); it must be u8 or i8.")
        }
        guard let zero, zero.elementType != value.elementType else { return }
        throw invalidGraph("A zero point of \(zero.elementType.rawValue) can't belong to \(value.elementType.rawValue).")
    }

    /// `value − zero` in a wider type.
    /// - Parameter shape: what the zero point is brought to before it's broadcast, one extent may be -1; nil for its own.
    static func remove(_ zero: Tensor?, from value: Tensor, as type: ElementType, shape: [Int]?) throws(OsteonError) -> Tensor {
        let wide = try value.converted(to: type)
        guard let zero else { return wide }
        let resolved = shape.map { $0.map { $0 == -1 ? zero.count : $0 } } ?? zero.shape
        return try Subtract().evaluate([wide, zero.converted(to: type).reshaped(resolved)])[0]
    }
}
