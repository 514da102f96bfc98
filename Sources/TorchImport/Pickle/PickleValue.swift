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
    /// A list, tuple, set or deque.
    case sequence([PickleValue])
    /// A dict, OrderedDict, defaultdict or Counter, its items in the order they were set.
    case dictionary([(key: PickleValue, value: PickleValue)])
    /// A storage, or the elements of one that a file of PyTorch before 1.0 gives a key of their own (a view).
    case storage(TorchStorage, part: Range<Int>)
    case tensor(TorchView)
    case bytes(PickleBytes)
    /// A `numpy.dtype`.
    case numpyType(NumpyType)
    case array(NumpyArray)
    case opaque(PickleOpaque)
}

/// A value that stays closed: nothing of it is made, and nobody looks into it.
struct PickleOpaque {
    enum Reason {
        /// An object of a class, or what a function gives: only running code could make it.
        case code
        /// A tensor or storage with elements that Osteon doesn't have.
        case elements
        /// Plain data that no reader needs: a large integer, a device.
        case plain
    }

    /// The full name of the class or function, or what the data is.
    var name: String
    var reason: Reason
}

/// Bytes of a pickle: where they lie in it, or the text they were written as.
enum PickleBytes {
    case raw(Range<Int>)
    /// UTF-8 whose characters below 256 are the bytes.
    case latin1(Range<Int>)
    case latin1Text(String)
    /// A text of Python 2, whose own bytes are meant.
    case text(String)
}

/// A storage of a `torch.save` file, by the key its bytes are found under.
struct TorchStorage: Hashable {
    enum Elements: Hashable {
        case known(ElementType)
        /// A storage of bytes, whose element type the tensor gives.
        case bytes
        /// Elements that Osteon doesn't have, by the class of the storage.
        case foreign(String, byteCount: Int)
    }

    var key: String
    var elements: Elements
    /// In elements.
    var count: Int

    var elementByteCount: Int {
        switch elements {
        case .known(let type): type.byteCount
        case .bytes: 1
        case .foreign(_, let byteCount): byteCount
        }
    }
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

/// Plain numbers of numpy: `'<f4'` and the like.
struct NumpyType {
    var elementType: ElementType
    var isBigEndian: Bool
}

/// A numpy array or scalar as a pickle describes it; what only its state holds is nil until that's set.
struct NumpyArray {
    var elements: NumpyType
    var shape: [Int]
    /// Whether the first axis varies fastest.
    var isColumnMajor: Bool
    var data: PickleBytes
}
