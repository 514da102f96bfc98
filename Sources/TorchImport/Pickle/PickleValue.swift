import Tensors

/// A value on the unpickler's stack.
///
/// Everything that holds other values lies in the unpickler's list of objects and is referred to by its number: values
/// inside values make no nested memory, however deep or circular a pickle is.
enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case text(String)
    case global(PickleGlobal)
    case object(Int)
}

/// What a `PickleValue.object` stands for.
enum PickleObject {
    /// A list, tuple or set.
    case sequence([PickleValue])
    /// A dict or OrderedDict, its items in the order they were set.
    case dictionary([(key: PickleValue, value: PickleValue)])
    case storage(TorchStorage)
    case tensor(TorchView)
    /// Plain data that no reader looks into: bytes, long integers, a numpy scalar or type, a device.
    case opaque(String)
}

/// A storage of a `torch.save` file, by the key its bytes are found under.
struct TorchStorage: Hashable {
    var key: String
    /// nil for a storage of bytes, whose elements the tensor tells.
    var elementType: ElementType?
    /// In elements.
    var count: Int
}

/// A tensor as a pickle describes it: a strided view of a storage, checked against the storage's extent.
struct TorchView {
    var storage: TorchStorage
    var elementType: ElementType
    /// In elements, as are the strides.
    var offset: Int
    var shape: [Int]
    var strides: [Int]
}
