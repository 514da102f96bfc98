import WireFormats

/// An input as a model's signature has it: the tensor, and what it says of it.
struct DeclaredInput {
    var tensor: String
    var type: Tensorflow_DataType
    /// nil where it says none.
    var shape: Tensorflow_TensorShapeProto?
}
