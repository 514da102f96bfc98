import Bytes
import Tensors

/// The names of classes and functions that a pickle of weights may mention, and what they stand for here.
///
/// Nothing else is known, so nothing else can happen: no name is looked up anywhere, no code is run.
enum PickleGlobal: Hashable {
    /// A dict of any kind.
    case dictionary
    /// A list, tuple, set or deque.
    case collection
    case rebuildTensor
    case rebuildTensorV2
    case rebuildTensorV3
    case rebuildParameter
    /// A tensor of a class derived from `torch.Tensor`, made by another of these functions.
    case rebuildDerived
    /// A class of storages.
    case storage(TorchStorage.Elements)
    /// A `torch.dtype`.
    case elementType(ElementType)
    case encode
    case bytes
    case numpyType
    case numpyScalar
    case numpyReconstruct
    case numpyFromBuffer
    /// A callable whose result is plain data nobody reads, or such data itself.
    case plain(String)
    /// Any other name.
    case foreign(String)

    init(module: String, name: String) {
        let full = "\(module).\(name)"
        if let known = Self.known[full] {
            self = known
        } else if module == "torch" || module == "torch.cuda", name.hasSuffix("Storage"),
            let elements = Self.storages[String(name.dropLast(7))]
        {
            self = .storage(elements)
        } else if module == "torch", name.hasSuffix("Storage"), let byteCount = Self.foreignStorages[String(name.dropLast(7))] {
            self = .storage(.foreign(full, byteCount: byteCount))
        } else if module == "torch", let type = Self.elementTypes[name] {
            self = .elementType(type)
        } else {
            self = .foreign(full)
        }
    }

    /// The full name of what isn't known, for messages.
    var title: String {
        switch self {
        case .foreign(let name), .plain(let name): name
        case .storage: "a class of storages"
        case .elementType(let type): "torch.\(type.rawValue)"
        default: "\(self)"
        }
    }

    private static let known: [String: PickleGlobal] = {
        var result: [String: PickleGlobal] = [
            "collections.OrderedDict": .dictionary, "collections.defaultdict": .dictionary, "collections.Counter": .dictionary,
            "collections.deque": .collection,
            "torch._utils._rebuild_tensor": .rebuildTensor,
            "torch._utils._rebuild_tensor_v2": .rebuildTensorV2,
            "torch._utils._rebuild_tensor_v3": .rebuildTensorV3,
            "torch._utils._rebuild_parameter": .rebuildParameter,
            "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
            "torch._tensor._rebuild_from_type": .rebuildDerived, "torch.tensor._rebuild_from_type": .rebuildDerived,
            "torch._tensor._rebuild_from_type_v2": .rebuildDerived,
            "torch.storage.UntypedStorage": .storage(.bytes),
            "torch.Size": .collection,
            "torch.device": .plain("torch.device"),
            "_codecs.encode": .encode,
            "numpy.dtype": .numpyType,
        ]
        for module in ["builtins", "__builtin__"] {
            result["\(module).dict"] = .dictionary
            for name in ["set", "frozenset", "list", "tuple"] { result["\(module).\(name)"] = .collection }
            for name in ["bytes", "bytearray"] { result["\(module).\(name)"] = .bytes }
            for name in ["int", "float", "bool", "str", "complex", "object", "slice", "range"] {
                result["\(module).\(name)"] = .plain(name)
            }
        }
        for module in ["numpy.core", "numpy._core"] {
            result["\(module).multiarray.scalar"] = .numpyScalar
            result["\(module).multiarray._reconstruct"] = .numpyReconstruct
            result["\(module).numeric._frombuffer"] = .numpyFromBuffer
        }
        return result
    }()

    private static let storages: [String: TorchStorage.Elements] = [
        "Double": .known(.f64), "Float": .known(.f32), "Half": .known(.f16), "BFloat16": .known(.bf16), "Long": .known(.i64),
        "Int": .known(.i32), "Short": .known(.i16), "Char": .known(.i8), "Byte": .known(.u8), "Bool": .known(.bool), "Untyped": .bytes,
    ]

    /// Storages of complex and quantised elements, and the bytes an element takes.
    private static let foreignStorages = [
        "ComplexFloat": 8, "ComplexDouble": 16, "QInt8": 1, "QUInt8": 1, "QInt32": 4, "QUInt4x2": 1, "QUInt2x4": 1,
    ]

    private static let elementTypes: [String: ElementType] = [
        "float64": .f64, "double": .f64, "float32": .f32, "float": .f32, "float16": .f16, "half": .f16, "bfloat16": .bf16,
        "int64": .i64, "long": .i64, "int32": .i32, "int": .i32, "int16": .i16, "short": .i16, "int8": .i8,
        "uint64": .u64, "uint32": .u32, "uint16": .u16, "uint8": .u8, "bool": .bool,
    ]
}

/// Names that a pickle of weights has no use for but to run code where it's loaded by Python.
///
/// Osteon would keep them closed like any other name. A file that mentions one is an attack all the same, and whoever has it
/// should know before another program opens it.
enum PickleThreat {
    static func isThreat(_ module: String, _ name: String) -> Bool {
        let top = module.split(separator: ".").first.map(String.init) ?? module
        if modules.contains(top) || modules.contains(module) { return !harmless.contains(name) }
        return functions[module]?.contains(name) == true
    }

    private static let modules: Set<String> = [
        "os", "posix", "nt", "subprocess", "sys", "pty", "runpy", "code", "codeop", "commands", "popen2", "socket", "shutil", "importlib",
        "imp", "pkgutil", "ctypes", "webbrowser", "timeit", "cProfile", "profile", "pdb", "bdb", "trace", "marshal", "pickle", "_pickle",
        "cPickle", "dill", "cloudpickle", "urllib", "urllib2", "http", "requests", "ftplib", "smtplib", "telnetlib", "pip", "setuptools",
        "distutils", "idlelib", "lib2to3", "asyncio", "site", "doctest", "torch.hub", "numpy.f2py", "numpy.testing",
    ]

    /// Results and types of these modules that checkpoints hold as data.
    private static let harmless: Set<String> = [
        "stat_result", "terminal_size", "times_result", "uname_result", "statvfs_result", "_Environ", "PathLike",
    ]

    private static let functions: [String: Set<String>] = {
        let builtins: Set<String> = [
            "eval", "exec", "execfile", "compile", "open", "file", "input", "raw_input", "__import__", "globals", "locals", "vars",
            "breakpoint",
            "apply", "setattr", "delattr", "memoryview",
        ]
        return [
            "builtins": builtins, "__builtin__": builtins, "types": ["CodeType", "FunctionType", "LambdaType", "ModuleType"],
            "torch": ["load"], "torch.serialization": ["load"], "torch.jit": ["load"], "numpy": ["load", "fromfile", "memmap"],
            "operator": ["methodcaller"], "platform": ["popen"], "io": ["open", "FileIO"], "_io": ["open", "FileIO"],
            "tempfile": ["mktemp"],
        ]
    }()
}
