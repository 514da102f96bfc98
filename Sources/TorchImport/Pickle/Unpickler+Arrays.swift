import Bytes
import Tensors

/// Bytes, and numpy's types, scalars and arrays of plain numbers, read as the data they are.
extension Unpickler {
    mutating func array(_ function: PickleGlobal, _ arguments: [PickleValue]) throws(OsteonError) -> PickleValue {
        switch function {
        case .encode, .bytes:
            guard let first = arguments.first else { return try add(.bytes(.raw(0..<0))) }
            if case .text(let text) = first { return try add(.bytes(.latin1Text(text))) }
            guard let bytes = bytes(first) else { return try add(.opaque(PickleOpaque(name: "bytes", reason: .plain))) }
            return try add(.bytes(bytes))
        case .numpyType:
            guard case .text(let name)? = arguments.first, let type = Self.numbers[name] else {
                return try add(.opaque(PickleOpaque(name: "numpy.dtype", reason: .plain)))
            }
            return try add(.numpyType(NumpyType(elementType: type, isBigEndian: false)))
        case .numpyScalar:
            guard arguments.count == 2, let type = numpyType(arguments[0]), let data = bytes(arguments[1]) else { break }
            return try add(.array(NumpyArray(elements: type, shape: [], isColumnMajor: false, data: data)))
        case .numpyReconstruct:
            // An empty array of no type yet; its state has the rest.
            guard case .global(.foreign("numpy.ndarray"))? = arguments.first else {
                return try closed(arguments.first ?? .global(function))
            }
            return try add(
                .array(
                    NumpyArray(
                        elements: NumpyType(elementType: .u8, isBigEndian: false), shape: [0], isColumnMajor: false, data: .raw(0..<0))))
        case .numpyFromBuffer:
            guard arguments.count == 4, let data = bytes(arguments[0]), let type = numpyType(arguments[1]),
                let shape = integers(arguments[2]),
                case .text(let order) = arguments[3]
            else { break }
            return try add(.array(NumpyArray(elements: type, shape: shape, isColumnMajor: order == "F", data: data)))
        default: break
        }
        return try add(.opaque(Self.closedArray))
    }

    /// An array of objects, texts, structures or times.
    private static let closedArray = PickleOpaque(name: "numpy.ndarray of other elements than numbers", reason: .code)

    /// `(version, byte order, …)`.
    func described(_ type: NumpyType, by state: PickleValue) -> PickleObject {
        guard let items = sequence(state), items.count >= 2, case .text(let order) = items[1] else { return .opaque(Self.closedArray) }
        return .numpyType(NumpyType(elementType: type.elementType, isBigEndian: order == ">"))
    }

    /// `(version, shape, type, is column-major, data)`, without the version in the oldest files.
    func described(_ array: NumpyArray, by state: PickleValue) -> PickleObject {
        guard let all = sequence(state), all.count == 4 || all.count == 5 else { return .opaque(Self.closedArray) }
        let items = all.suffix(4)
        let first = items.startIndex
        guard let shape = integers(items[first]), let type = numpyType(items[first + 1]), let data = bytes(items[first + 3]) else {
            return .opaque(Self.closedArray)
        }
        var isColumnMajor = false
        switch items[first + 2] {
        case .bool(let flag): isColumnMajor = flag
        case .integer(let number): isColumnMajor = number != 0
        default: return .opaque(Self.closedArray)
        }
        return .array(NumpyArray(elements: type, shape: shape, isColumnMajor: isColumnMajor, data: data))
    }

    private func bytes(_ value: PickleValue) -> PickleBytes? {
        switch value {
        case .text(let text): return .text(text)
        case .object(let place):
            if case .bytes(let bytes) = objects[place] { return bytes }
            return nil
        default: return nil
        }
    }

    private func numpyType(_ value: PickleValue) -> NumpyType? {
        guard case .object(let place) = value, case .numpyType(let type) = objects[place] else { return nil }
        return type
    }

    private static let numbers: [String: ElementType] = [
        "f8": .f64, "f4": .f32, "f2": .f16, "i8": .i64, "i4": .i32, "i2": .i16, "i1": .i8, "u8": .u64, "u4": .u32, "u2": .u16, "u1": .u8,
        "b1": .bool,
    ]
}
