import Tensors

/// A value as an ONNX node reads it.
struct Operand {
    var name: String
    var type: TensorType
    /// Its elements, where it's a constant.
    var constant: Tensor?

    var elementType: ElementType { type.elementType }
    var rank: Int? { type.rank }
}
