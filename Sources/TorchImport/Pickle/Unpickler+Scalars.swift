import Bytes

/// Numbers, texts and bytes.
extension Unpickler {
    mutating func runScalar(_ opcode: PickleOpcode, at offset: Int) throws(OsteonError) {
        switch opcode {
        case .binaryInteger: try push(.integer(Int(reader.integer(Int32.self))))
        case .binaryInteger1: try push(.integer(Int(reader.integer(UInt8.self))))
        case .binaryInteger2: try push(.integer(Int(reader.integer(UInt16.self))))
        case .long1: try pushLong(Int(reader.integer(UInt8.self)))
        case .long4: try pushLong(Int(reader.integer(Int32.self)))
        case .binaryFloat: try push(.float(Double(bitPattern: reader.integer(UInt64.self).byteSwapped)))
        case .integer, .long, .float: try pushNumber(opcode, line(), at: offset)
        case .shortBinaryUnicode: try pushText(Int(reader.integer(UInt8.self)))
        case .binaryUnicode: try pushText(Int(reader.integer(UInt32.self)))
        case .binaryUnicode8: try pushText(Checked.int(reader.integer(UInt64.self)))
        case .shortBinaryString: try pushString(Int(reader.integer(UInt8.self)))
        case .binaryString: try pushString(Int(reader.integer(Int32.self)))
        case .shortBinaryBytes: try pushBytes(Int(reader.integer(UInt8.self)))
        case .binaryBytes: try pushBytes(Int(reader.integer(UInt32.self)))
        case .binaryBytes8, .byteArray8: try pushBytes(Checked.int(reader.integer(UInt64.self)))
        default:
            throw OsteonError(.unsupported, "Text of pickle protocol 0; save with a newer protocol.", offset: offset)
        }
    }

    private mutating func pushLong(_ count: Int) throws(OsteonError) {
        let bytes = try reader.read(count)
        guard count <= 8 else { return try pushObject(.opaque(PickleOpaque(name: "int", reason: .plain))) }
        var value = bytes.last.map { $0 & 0x80 != 0 } == true ? -1 : 0
        for byte in bytes.reversed() { value = value << 8 | Int(byte) }
        try push(.integer(value))
    }

    private mutating func pushNumber(_ opcode: PickleOpcode, _ text: String, at offset: Int) throws(OsteonError) {
        if opcode == .float, let value = Double(text) { return try push(.float(value)) }
        if opcode == .integer, text == "00" || text == "01" { return try push(.bool(text == "01")) }
        let digits = opcode == .long && text.hasSuffix("L") ? String(text.dropLast()) : text
        if opcode != .float, Int(digits) == nil, Self.isWhole(digits) {
            return try pushObject(.opaque(PickleOpaque(name: "int", reason: .plain)))
        }
        guard opcode != .float, let value = Int(digits) else {
            throw OsteonError(.malformed, "\"\(text.prefix(20))\" is no number in range.", offset: offset)
        }
        try push(.integer(value))
    }

    private static func isWhole(_ text: String) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        return !digits.isEmpty && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// A text; what is too long for one, or isn't valid UTF-8, stays where it lies.
    private mutating func pushText(_ count: Int) throws(OsteonError) {
        let start = reader.position
        let bytes = try reader.read(count)
        if count <= limits.textBytes, let text = String(validating: bytes, as: UTF8.self) { return try push(.text(text)) }
        try pushObject(.bytes(.latin1(start..<reader.position)))
    }

    /// A string of Python 2: text, or any bytes.
    private mutating func pushString(_ count: Int) throws(OsteonError) {
        let start = reader.position
        let bytes = try reader.read(count)
        if count <= limits.textBytes, let text = String(validating: bytes, as: UTF8.self) { return try push(.text(text)) }
        try pushObject(.bytes(.raw(start..<reader.position)))
    }

    private mutating func pushBytes(_ count: Int) throws(OsteonError) {
        let start = reader.position
        try reader.skip(count)
        try pushObject(.bytes(.raw(start..<reader.position)))
    }

    /// The text up to the next line feed.
    mutating func line() throws(OsteonError) -> String {
        let start = reader.position
        var count = 0
        while try reader.integer(UInt8.self) != 0x0A {
            count += 1
            guard count <= 4096 else { throw limit("bytes in one line", 4096) }
        }
        try reader.seek(to: start)
        let text = try reader.text(count)
        try reader.skip(1)
        return text
    }
}
