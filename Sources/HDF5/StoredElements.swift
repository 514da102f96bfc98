import Bytes
import Tensors

/// Elements as they lie in the file, or were put together from its chunks.
struct StoredElements {
    let file: HDF5File
    let bytes: SharedBytes

    /// The numbers as a tensor: in place where they lie as they should, in memory of their own otherwise.
    func tensor(_ datatype: Datatype, shape: [Int]) throws(OsteonError) -> Tensor {
        guard case .number(let elementType, let isBigEndian) = datatype.kind else {
            throw OsteonError(.unsupported, "Elements of the type \(datatype.name) can't be a tensor.")
        }
        let width = elementType.byteCount
        let size = try Checked.multiply(Checked.product(shape), width)
        guard size <= bytes.count else {
            throw OsteonError(.malformed, "Elements of shape \(shape) take \(size) bytes, \(bytes.count) are there.")
        }
        let source = bytes.extracting(..<size)
        let mustSwap = isBigEndian && width > 1
        if elementType == .bool { try file.ledger.spend(size) }
        let mustNormalize = elementType == .bool && source.contains { $0 > 1 }
        if !mustSwap, !mustNormalize, source.isAligned(to: width) {
            return try Tensor(elementType, shape, storage: TensorStorage(sharing: source))
        }
        try file.ledger.spend(size)
        let block = try CountedBlock(byteCount: size, ledger: file.ledger)
        var bytes = block.mutableBytes()
        bytes.copy(source.span)
        if mustSwap {
            switch width {
            case 8: Self.swapBytes(of: UInt64.self, in: block)
            case 4: Self.swapBytes(of: UInt32.self, in: block)
            default: Self.swapBytes(of: UInt16.self, in: block)
            }
        }
        if mustNormalize {
            for index in bytes.indices where bytes[index] > 1 { bytes[index] = 1 }
        }
        return try Tensor(elementType, shape, storage: TensorStorage(sharing: block.bytes))
    }

    private static func swapBytes<T: FixedWidthInteger & BitwiseCopyable>(of type: T.Type, in block: CountedBlock) {
        var elements = block.mutableElements(T.self)
        for index in elements.indices { elements[index] = elements[index].byteSwapped }
    }

    /// The texts of `count` elements of fixed or variable length.
    func strings(_ datatype: Datatype, count: Int) throws(OsteonError) -> [String] {
        let size = datatype.size
        guard try Checked.multiply(count, size) <= bytes.count else {
            throw OsteonError(.malformed, "\(count) texts of \(size) bytes take more than the \(bytes.count) that are there.")
        }
        var result: [String] = []
        var total = 0
        for index in 0..<count {
            let element = bytes.extracting(index * size..<(index + 1) * size)
            let text: SharedBytes
            switch datatype.kind {
            case .fixedString(let padding): text = Self.trimmed(element, padding)
            case .variableString: text = try variableText(element)
            default: throw OsteonError(.unsupported, "Elements of the type \(datatype.name) aren't texts.")
            }
            total = try Checked.add(total, text.count + 32)
            try file.ledger.spend(text.count + 64)
            guard total <= file.ledger.memoryLimit else {
                throw OsteonError(
                    .limitExceeded, "The texts take more than \(file.ledger.memoryLimit) bytes, which a file of this size may not claim.")
            }
            guard let string = String(validating: text, as: UTF8.self) else {
                throw OsteonError(.malformed, "A text that isn't valid UTF-8.")
            }
            result.append(string)
        }
        return result
    }

    private static func trimmed(_ field: SharedBytes, _ padding: Datatype.Padding) -> SharedBytes {
        switch padding {
        case .nulTerminated: return untilNUL(field)
        case .nulPadded, .spacePadded:
            let filler: UInt8 = padding == .nulPadded ? 0 : 0x20
            let last = field.lastIndex { $0 != filler }
            return field.extracting(..<(last.map { $0 + 1 } ?? 0))
        }
    }

    /// A text in a global heap: its length, the heap's address and the object's number in it.
    private func variableText(_ element: SharedBytes) throws(OsteonError) -> SharedBytes {
        var cursor = Cursor(reader: ByteReader(element), offsetSize: file.offsetSize, lengthSize: file.lengthSize)
        let length = try cursor.unsigned(4)
        let address = try cursor.address()
        let number = try cursor.unsigned(4)
        guard length > 0 else { return SharedBytes() }
        guard let address, let range = try file.globalHeap(at: address)[number] else {
            throw OsteonError(.malformed, "A text of variable length is missing in its heap.")
        }
        guard length <= range.count else {
            throw OsteonError(.malformed, "A text of \(length) bytes in a heap object of \(range.count).", offset: range.lowerBound)
        }
        let text = try file.slice(range.lowerBound..<range.lowerBound + length)
        return Self.untilNUL(text)
    }

    private static func untilNUL(_ text: SharedBytes) -> SharedBytes { text.extracting(..<(text.firstIndex(of: 0) ?? text.count)) }
}

extension Datatype {
    /// For messages.
    var name: String {
        switch kind {
        case .number(let type, _): type.rawValue
        case .fixedString, .variableString: "string"
        case .unsupported(let name): name
        }
    }

    var elementType: ElementType {
        get throws(OsteonError) {
            guard case .number(let type, _) = kind else {
                throw OsteonError(.unsupported, "Elements of the type \(name) have no place in a tensor.")
            }
            return type
        }
    }
}

extension HDF5File {
    /// The objects of the global heap at `address` by their number, read once.
    func globalHeap(at address: Int) throws(OsteonError) -> [Int: Range<Int>] {
        if let known = globalHeaps[address] { return known }
        let prefix = 8 + lengthSize
        var cursor = try cursor(at: address, count: prefix)
        try cursor.expect("GCOL", version: 1, "a global heap")
        try cursor.skip(3)
        let size = try cursor.length()
        guard size >= prefix else { throw OsteonError(.malformed, "A global heap of \(size) bytes.", offset: address) }
        cursor = try self.cursor(at: address + prefix, count: size - prefix)
        var objects: [Int: Range<Int>] = [:]
        while cursor.remaining >= 8 + lengthSize {
            let number = try cursor.unsigned(2)
            try cursor.skip(6)
            let length = try cursor.length()
            guard number != 0 else { break }
            try ledger.reserve(64)
            guard objects.updateValue(try cursor.range(length), forKey: number) == nil else {
                throw OsteonError(.malformed, "A global heap has two objects of number \(number).", offset: address)
            }
            try cursor.skip(min((8 - length % 8) % 8, cursor.remaining))
        }
        globalHeaps[address] = objects
        return objects
    }
}
