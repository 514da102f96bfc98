import Bytes

/// A reader of a range of the file that knows how wide the file's addresses and lengths are.
///
/// Its positions are addresses.
struct Cursor {
    var reader: ByteReader
    let offsetSize: Int
    let lengthSize: Int

    var position: Int { reader.position }
    var remaining: Int { reader.remaining }

    mutating func byte() throws(OsteonError) -> Int { Int(try reader.integer(UInt8.self)) }

    mutating func skip(_ count: Int) throws(OsteonError) { try reader.skip(count) }

    /// A little-endian integer of 1 to 8 bytes.
    mutating func unsigned(_ width: Int) throws(OsteonError) -> Int {
        try Checked.int(try bits(width))
    }

    private mutating func bits(_ width: Int) throws(OsteonError) -> UInt64 {
        guard (1...8).contains(width) else {
            throw OsteonError(.malformed, "An integer of \(width) bytes.", offset: reader.position)
        }
        var value: UInt64 = 0
        for index in 0..<width { value |= UInt64(try reader.integer(UInt8.self)) << UInt64(index * 8) }
        return value
    }

    /// An address, or nil where it's undefined (all ones).
    mutating func address() throws(OsteonError) -> Int? { try optional(offsetSize) }

    mutating func definedAddress(_ what: String) throws(OsteonError) -> Int {
        let start = position
        guard let address = try address() else { throw OsteonError(.malformed, "The address of \(what) is missing.", offset: start) }
        return address
    }

    mutating func length() throws(OsteonError) -> Int { try unsigned(lengthSize) }

    /// A length, or nil where it's unlimited (all ones).
    mutating func limit() throws(OsteonError) -> Int? { try optional(lengthSize) }

    private mutating func optional(_ width: Int) throws(OsteonError) -> Int? {
        let value = try bits(width)
        return value == UInt64.max >> UInt64(64 - width * 8) ? nil : try Checked.int(value)
    }

    /// The next `count` bytes as a range of the file.
    mutating func range(_ count: Int) throws(OsteonError) -> Range<Int> {
        let start = position
        try skip(count)
        return start..<position
    }

    /// Checks for a structure's signature and version.
    mutating func expect(_ signature: String, version: Int, _ what: String) throws(OsteonError) {
        let start = position
        let found = try reader.read(4)
        guard found.elementsEqual(signature.utf8) else {
            throw OsteonError(.malformed, "There is no \(what) where one should be.", offset: start)
        }
        let actual = try byte()
        guard actual == version else {
            throw OsteonError(.unsupported, "Version \(actual) of \(what) isn't supported (\(version) is).", offset: start)
        }
    }

    /// Text in `count` bytes, up to a NUL where there is one.
    mutating func name(_ count: Int) throws(OsteonError) -> String {
        let start = position
        let field = try reader.read(count)
        guard let text = String(validating: field.prefix { $0 != 0 }, as: UTF8.self) else {
            throw OsteonError(.malformed, "A name that isn't valid UTF-8.", offset: start)
        }
        return text
    }
}
