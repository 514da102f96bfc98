import Bytes
import Tensors

/// The names of classes and functions that a pickle of weights may mention, and what they stand for here.
///
/// Nothing else is known, so nothing else can happen: no name is looked up anywhere, no code is run.
enum PickleGlobal: Hashable {
    case orderedDictionary
    case rebuildTensor
    case rebuildTensorV2
    case rebuildTensorV3
    case rebuildParameter
    /// A class of storages; nil for one of bytes.
    case storage(ElementType?)
    /// A `torch.dtype`.
    case elementType(ElementType)
    case size
    /// A list, tuple or set made from one.
    case collection
    /// A callable whose result is data nobody reads, or such data itself.
    case plain(String)

    /// - Throws: `.unsafeReference` naming whatever isn't on the list.
    init(module: String, name: String, isRoot: Bool, offset: Int) throws(OsteonError) {
        let full = "\(module).\(name)"
        if let known = Self.known[full] {
            self = known
            return
        }
        if module == "torch" || module == "torch.cuda", name.hasSuffix("Storage"), let type = Self.storages[String(name.dropLast(7))] {
            self = .storage(type)
            return
        }
        if module == "torch", let type = Self.elementTypes[name] {
            self = .elementType(type)
            return
        }
        if ["ComplexFloatStorage", "ComplexDoubleStorage", "QInt8Storage", "QUInt8Storage", "QInt32Storage"].contains(name) {
            throw OsteonError(.unsupported, "A tensor of \(full): complex and quantised elements aren't read.", offset: offset)
        }
        throw Self.refusal(full, isRoot: isRoot, offset: offset)
    }

    /// The error for something that only running Python code could make.
    static func refusal(_ full: String, isRoot: Bool, offset: Int) -> OsteonError {
        let isModule = isRoot || full.hasPrefix("torch.nn.modules.") || full.hasPrefix("monai.networks.")
        let what = isModule
            ? "The file holds a pickled object of class \(full), as torch.save(model) writes it, instead of plain weights; reading it would run code."
            : "The pickle asks for \(full), which is neither a tensor nor a plain container; reading it could run any code."
        return OsteonError(
            .unsafeReference, "\(what) Write the weights alone, in Python: torch.save(model.state_dict(), \"weights.pt\").", offset: offset)
    }

    private static let known: [String: PickleGlobal] = [
        "collections.OrderedDict": .orderedDictionary,
        "torch._utils._rebuild_tensor": .rebuildTensor,
        "torch._utils._rebuild_tensor_v2": .rebuildTensorV2,
        "torch._utils._rebuild_tensor_v3": .rebuildTensorV3,
        "torch._utils._rebuild_parameter": .rebuildParameter,
        "torch.storage.UntypedStorage": .storage(nil),
        "torch.Size": .size,
        "torch.device": .plain("torch.device"),
        "builtins.set": .collection, "__builtin__.set": .collection,
        "builtins.frozenset": .collection, "__builtin__.frozenset": .collection,
        "builtins.bytes": .plain("bytes"), "__builtin__.bytes": .plain("bytes"),
        "builtins.bytearray": .plain("bytearray"), "__builtin__.bytearray": .plain("bytearray"),
        "_codecs.encode": .plain("bytes"),
        "numpy.dtype": .plain("numpy.dtype"),
        "numpy.core.multiarray.scalar": .plain("numpy scalar"),
        "numpy._core.multiarray.scalar": .plain("numpy scalar"),
    ]

    private static let storages: [String: ElementType?] = [
        "Double": .f64, "Float": .f32, "Half": .f16, "BFloat16": .bf16, "Long": .i64, "Int": .i32, "Short": .i16,
        "Char": .i8, "Byte": .u8, "Bool": .bool, "Untyped": Optional<ElementType>.none,
    ]

    private static let elementTypes: [String: ElementType] = [
        "float64": .f64, "double": .f64, "float32": .f32, "float": .f32, "float16": .f16, "half": .f16, "bfloat16": .bf16,
        "int64": .i64, "long": .i64, "int32": .i32, "int": .i32, "int16": .i16, "short": .i16, "int8": .i8,
        "uint64": .u64, "uint32": .u32, "uint16": .u16, "uint8": .u8, "bool": .bool,
    ]
}
