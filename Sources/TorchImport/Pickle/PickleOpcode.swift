/// The opcodes of Python's pickle protocols 0 to 5 (source: CPython's pickletools).
enum PickleOpcode: UInt8 {
    case mark = 0x28, stop = 0x2E, pop = 0x30, popMark = 0x31, duplicate = 0x32
    case float = 0x46, integer = 0x49, binaryInteger = 0x4A, binaryInteger1 = 0x4B, binaryInteger2 = 0x4D
    case long = 0x4C, long1 = 0x8A, long4 = 0x8B, binaryFloat = 0x47
    case none = 0x4E, newTrue = 0x88, newFalse = 0x89
    case string = 0x53, binaryString = 0x54, shortBinaryString = 0x55
    case unicode = 0x56, binaryUnicode = 0x58, shortBinaryUnicode = 0x8C, binaryUnicode8 = 0x8D
    case binaryBytes = 0x42, shortBinaryBytes = 0x43, binaryBytes8 = 0x8E, byteArray8 = 0x96
    case emptyList = 0x5D, append = 0x61, appends = 0x65, list = 0x6C
    case emptyTuple = 0x29, tuple = 0x74, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87
    case emptyDictionary = 0x7D, dictionary = 0x64, setItem = 0x73, setItems = 0x75
    case emptySet = 0x8F, addItems = 0x90, frozenSet = 0x91
    case get = 0x67, binaryGet = 0x68, longBinaryGet = 0x6A
    case put = 0x70, binaryPut = 0x71, longBinaryPut = 0x72, memoize = 0x94
    case global = 0x63, stackGlobal = 0x93, reduce = 0x52, build = 0x62
    case instance = 0x69, object = 0x6F, newObject = 0x81, newObjectExtended = 0x92
    case persistentID = 0x50, binaryPersistentID = 0x51
    case extension1 = 0x82, extension2 = 0x83, extension4 = 0x84
    case protocolVersion = 0x80, frame = 0x95, nextBuffer = 0x97, readOnlyBuffer = 0x98
}
