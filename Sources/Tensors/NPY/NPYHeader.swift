import Bytes

/// What the header of a `.npy` file says, read by a parser for exactly that: nothing is evaluated.
///
/// Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays", versions 1.0 to 3.0.
struct NPYHeader {
    /// Elements of the file, and whether their bytes are in big-endian order.
    var elementType: ElementType, isBigEndian: Bool
    var isFortranOrder: Bool
    var shape: [Int]
    /// Where the elements begin, in bytes from the start of the file.
    var dataOffset: Int

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    private static let longestHeader = 1 << 16, highestRank = 64

    init(_ bytes: SharedBytes) throws(OsteonError) {
        var reader = ByteReader(bytes)
        guard bytes.count >= 10, try reader.read(6).elementsEqual(Self.magic) else {
            throw OsteonError(.malformed, "Not a .npy file: it doesn't begin with \"\\x93NUMPY\".", offset: 0)
        }
        let major: UInt8 = try reader.integer()
        let minor: UInt8 = try reader.integer()
        guard (1...3).contains(major), minor == 0 else {
            throw OsteonError(.unsupported, "Version \(major).\(minor) of the .npy format isn't known.", offset: 6)
        }
        let length = major == 1 ? Int(try reader.integer(UInt16.self)) : Int(try reader.integer(UInt32.self))
        guard length <= Self.longestHeader else {
            throw OsteonError(.limitExceeded, "The .npy header is \(length) bytes long, \(Self.longestHeader) at most are read.", offset: 8)
        }
        let start = reader.position
        var parser = LiteralParser(text: Array(try reader.read(length)), offset: start)
        dataOffset = reader.position
        var descriptor: String?
        var order: Bool?
        var extents: [Int]?
        try parser.expect("{")
        while !parser.take("}") {
            let key = try parser.string()
            try parser.expect(":")
            switch key {
            case "descr" where descriptor == nil: descriptor = try parser.descriptor()
            case "fortran_order" where order == nil: order = try parser.boolean()
            case "shape" where extents == nil: extents = try parser.tuple(atMost: Self.highestRank)
            default: throw parser.error("An unknown or repeated key \"\(key)\" in the .npy header.")
            }
            if !parser.take(",") {
                try parser.expect("}")
                break
            }
        }
        guard parser.isAtEnd, let descriptor, let order, let extents else {
            throw parser.error("The .npy header doesn't hold just descr, fortran_order and shape.")
        }
        isFortranOrder = order
        shape = extents
        (elementType, isBigEndian) = try Self.type(descriptor)
    }

    private static func type(_ descriptor: String) throws(OsteonError) -> (ElementType, Bool) {
        let body = descriptor.dropFirst()
        guard let order = descriptor.first, "<>|".contains(order) else {
            throw OsteonError(.malformed, "\"\(descriptor)\" is not a .npy element type.")
        }
        if body.hasPrefix("O") {
            throw OsteonError(
                .unsafeReference, "The array holds pickled Python objects, which would have to be run; save it with a numeric dtype.")
        }
        guard let type = names.first(where: { $0.name == body })?.type, order != "|" || type.byteCount == 1 || type == .bf16 else {
            throw OsteonError(.unsupported, "Arrays of element type \"\(descriptor)\" are not read; only numbers and booleans are.")
        }
        return (type, order == ">")
    }

    /// NumPy's names. `V2`, two opaque bytes, is how it saves the `bfloat16` of ml_dtypes.
    private static let names: [(name: String, type: ElementType)] = [
        ("f8", .f64), ("f4", .f32), ("f2", .f16), ("V2", .bf16),
        ("i8", .i64), ("i4", .i32), ("i2", .i16), ("i1", .i8),
        ("u8", .u64), ("u4", .u32), ("u2", .u16), ("u1", .u8), ("b1", .bool),
    ]

    /// The whole header of a row-major little-endian array, padded so that the elements begin at a multiple of 64.
    static func encode(_ type: ElementType, _ shape: [Int]) -> [UInt8] {
        let name = names.first { $0.type == type }?.name ?? "V\(type.byteCount)"
        let extents = shape.count == 1 ? "(\(shape[0]),)" : "(" + shape.map(String.init).joined(separator: ", ") + ")"
        let text = "{'descr': '\(type.byteCount == 1 ? "|" : "<")\(name)', 'fortran_order': False, 'shape': \(extents), }"
        let padding = 63 - (10 + text.utf8.count) % 64
        let length = text.utf8.count + padding + 1
        return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
            + [UInt8](repeating: 0x20, count: padding) + [0x0A]
    }
}

/// The few Python literals a `.npy` header is made of.
private struct LiteralParser {
    let text: [UInt8]
    let offset: Int
    private var position = 0

    init(text: [UInt8], offset: Int) {
        self.text = text
        self.offset = offset
    }

    func error(_ message: String, _ code: OsteonError.Code = .malformed) -> OsteonError {
        OsteonError(code, message, offset: offset + position)
    }

    private mutating func next() -> UInt8? {
        while position < text.count, [0x20, 0x0A, 0x0D, 0x09].contains(text[position]) { position += 1 }
        return position < text.count ? text[position] : nil
    }

    var isAtEnd: Bool {
        var copy = self
        return copy.next() == nil
    }

    mutating func take(_ symbol: Unicode.Scalar) -> Bool {
        guard let byte = next(), byte == UInt8(ascii: symbol) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ symbol: Unicode.Scalar) throws(OsteonError) {
        guard take(symbol) else { throw error("The .npy header is damaged: \"\(symbol)\" expected.") }
    }

    mutating func string() throws(OsteonError) -> String {
        guard let quote = next(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw error("The .npy header is damaged: a string expected.")
        }
        let start = position + 1
        guard let end = text[start...].firstIndex(of: quote) else { throw error("A string in the .npy header doesn't end.") }
        let bytes = text[start..<end]
        guard !bytes.contains(UInt8(ascii: "\\")), let result = String(validating: bytes, as: UTF8.self) else {
            throw error("A string in the .npy header isn't plain text.")
        }
        position = end + 1
        return result
    }

    mutating func descriptor() throws(OsteonError) -> String {
        if next() == UInt8(ascii: "[") {
            throw error("Arrays of records are not read; save each field as an array of its own.", .unsupported)
        }
        return try string()
    }

    mutating func boolean() throws(OsteonError) -> Bool {
        _ = next()
        for (word, value) in [("True", true), ("False", false)] where text[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw error("The .npy header is damaged: True or False expected.")
    }

    mutating func tuple(atMost limit: Int) throws(OsteonError) -> [Int] {
        try expect("(")
        var result: [Int] = []
        while !take(")") {
            result.append(try integer())
            guard result.count <= limit else { throw error("The array has more than \(limit) axes.", .limitExceeded) }
            if !take(",") {
                try expect(")")
                break
            }
        }
        return result
    }

    private mutating func integer() throws(OsteonError) -> Int {
        guard let first = next(), (0x30...0x39).contains(first) else { throw error("An extent of the array isn't a whole number.") }
        var value = 0
        while position < text.count, (0x30...0x39).contains(text[position]) {
            value = try Checked.add(Checked.multiply(value, 10), Int(text[position] & 0x0F))
            position += 1
        }
        if position < text.count, text[position] == UInt8(ascii: "L") { position += 1 }  // as Python 2 wrote it
        return value
    }
}
