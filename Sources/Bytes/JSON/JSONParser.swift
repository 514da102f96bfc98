extension JSONValue {
    /// Guards for files from strangers.
    package struct Limits: Sendable {
        /// Bytes of text.
        package var byteCount = 100_000_000
        /// Arrays and objects inside one another.
        package var depth = 512
        /// Whether `NaN`, `Infinity` and `-Infinity` stand for numbers, as Python's `json` writes them.
        package var allowsNaN = false
        /// Values of all kinds; each takes some ten times its text in memory.
        package var valueCount = 8_000_000

        package init() {}
    }

    /// The one value in `bytes`.
    ///
    /// A byte-order mark before it is skipped. Strict: duplicate names (by bytes), invalid UTF-8, unpaired surrogates, numbers out of
    /// range, and anything but white space behind the value are errors with their offset. Takes time linear in the size.
    package init(parsing bytes: SharedBytes, limits: Limits = Limits()) throws(OsteonError) {
        try self.init(parsing: bytes.span, limits: limits)
    }

    package init(parsing text: String, limits: Limits = Limits()) throws(OsteonError) {
        try self.init(parsing: Array(text.utf8).span, limits: limits)
    }

    package init(parsing bytes: Span<UInt8>, limits: Limits = Limits()) throws(OsteonError) {
        guard bytes.count <= limits.byteCount else {
            throw OsteonError(.limitExceeded, "JSON of \(bytes.count) bytes; \(limits.byteCount) at most are read.")
        }
        var parser = JSONParser(bytes: bytes, limits)
        self = try parser.document()
    }
}

private struct JSONParser: ~Escapable {
    let bytes: Span<UInt8>
    let deepest: Int
    let allowsNaN: Bool
    let mostValues: Int
    var position = 0
    /// Values read, and about the bytes they take.
    private var count = 0, footprint = 0, checked = 0

    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>, _ limits: JSONValue.Limits) {
        self.bytes = bytes
        deepest = limits.depth
        allowsNaN = limits.allowsNaN
        mostValues = limits.valueCount
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
    }

    /// Counts a value (or a member's name) and the memory it takes.
    private mutating func account(_ byteCount: Int) throws(OsteonError) {
        count += 1
        footprint += byteCount
        guard count <= mostValues else { throw error("JSON of more than \(mostValues) values isn't read.", .limitExceeded) }
        guard footprint - checked > 1 << 20 else { return }
        // Arrays have twice the room while they grow.
        try MemoryBudget.current.check(2 * footprint)
        checked = footprint
    }

    mutating func document() throws(OsteonError) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("Something follows the JSON value.") }
        return value
    }

    func error(_ message: String, _ code: OsteonError.Code = .malformed) -> OsteonError {
        OsteonError(code, message, offset: position)
    }

    @inline(__always)
    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(OsteonError) -> JSONValue {
        skipSpace()
        guard let first = peek() else { throw error("The JSON text ends too early.") }
        let isContainer = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        try account(MemoryLayout<JSONValue>.stride + (isContainer ? 48 : 0))
        switch first {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N") where allowsNaN: return try word("NaN", .number(.nan))
        case UInt8(ascii: "I") where allowsNaN: return try word("Infinity", .number(.infinity))
        case UInt8(ascii: "-") where allowsNaN && position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "I"):
            return try word("-Infinity", .number(-.infinity))
        default: return try number()
        }
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(OsteonError) -> JSONValue {
        let start = position
        for byte in text.utf8 {
            guard peek() == byte else { throw OsteonError(.malformed, "Not a JSON value.", offset: start) }
            position += 1
        }
        return value
    }

    private mutating func enter(_ depth: Int) throws(OsteonError) {
        guard depth <= deepest else { throw error("JSON nested deeper than \(deepest).", .limitExceeded) }
        position += 1
        skipSpace()
    }

    /// After an element: true where another follows, false where the container ends.
    private mutating func continues(_ close: UInt8) throws(OsteonError) -> Bool {
        skipSpace()
        guard let next = peek(), next == close || next == UInt8(ascii: ",") else {
            throw error("A comma or the end of an array or object is missing.")
        }
        position += 1
        skipSpace()
        return next != close
    }

    private mutating func array(depth: Int) throws(OsteonError) -> JSONValue {
        try enter(depth)
        var values: [JSONValue] = []
        if peek() == UInt8(ascii: "]") {
            position += 1
            return .array(values)
        }
        repeat { values.append(try value(depth: depth)) } while try continues(UInt8(ascii: "]"))
        return .array(values)
    }

    private mutating func object(depth: Int) throws(OsteonError) -> JSONValue {
        try enter(depth)
        var members: [JSONValue.Member] = []
        var names: Set<UTF8Name> = []
        if peek() == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        repeat {
            guard peek() == UInt8(ascii: "\"") else { throw error("A member's name is missing.") }
            let start = position
            let name = try string()
            try account(MemoryLayout<JSONValue.Member>.stride + (name.utf8.count > 15 ? 32 + name.utf8.count : 0))
            if members.count == 8 { for member in members { names.insert(UTF8Name(member.name)) } }
            let isNew =
                members.count < 8
                ? !members.contains { $0.name.utf8.elementsEqual(name.utf8) } : names.insert(UTF8Name(name)).inserted
            guard isNew else {
                throw OsteonError(.malformed, "Two members are named \"\(name)\".", offset: start)
            }
            skipSpace()
            guard peek() == UInt8(ascii: ":") else { throw error("A colon is missing behind a member's name.") }
            position += 1
            members.append(JSONValue.Member(name, try value(depth: depth)))
        } while try continues(UInt8(ascii: "}"))
        return .object(members)
    }

    private mutating func number() throws(OsteonError) -> JSONValue {
        let start = position
        let isNegative = peek() == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let digits = position
        var magnitude: UInt64 = 0
        var fits = true
        while let digit = peek(), digit &- 0x30 < 10 {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit &- 0x30))
            magnitude = sum
            if overflow || carry { fits = false }
            position += 1
        }
        guard position > digits, position == digits + 1 || bytes[digits] != 0x30 else {
            throw OsteonError(.malformed, "Not a JSON value.", offset: start)
        }
        let integerEnd = position
        if peek() == UInt8(ascii: ".") {
            position += 1
            try oneOrMoreDigits()
        }
        if let letter = peek(), letter | 0x20 == UInt8(ascii: "e") {
            position += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try oneOrMoreDigits()
        }
        let largest = UInt64(Int.max) + (isNegative ? 1 : 0)
        if position == integerEnd, fits, magnitude <= largest, !(isNegative && magnitude == 0) {
            return .integer(Int(truncatingIfNeeded: isNegative ? 0 &- magnitude : magnitude))
        }
        let text = try text(start, position)
        guard let value = Double(text), value.isFinite else {
            throw OsteonError(.malformed, "The number \(text.prefix(40)) is out of range.", offset: start)
        }
        return .number(value)
    }

    private mutating func oneOrMoreDigits() throws(OsteonError) {
        let start = position
        while let digit = peek(), digit &- 0x30 < 10 { position += 1 }
        guard position > start else { throw error("A number lacks digits.") }
    }

    private mutating func string() throws(OsteonError) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                defer { position += 1 }
                footprint += position - start
                return try text(start, position)
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw error("A control character in a JSON string.") }
            position += 1
        }
        throw error("A JSON string doesn't end.")
    }

    private func text(_ start: Int, _ end: Int) throws(OsteonError) -> String {
        do throws(UTF8.ValidationError) { return String(copying: try UTF8Span(validating: bytes.extracting(start..<end))) } catch {
            throw OsteonError(.malformed, "A JSON string that isn't valid UTF-8.", offset: start)
        }
    }

    private mutating func escapedString(from start: Int) throws(OsteonError) -> String {
        var buffer = (start..<position).map { bytes[$0] }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: buffer, as: UTF8.self) else {
                    throw OsteonError(.malformed, "A JSON string that isn't valid UTF-8.", offset: start)
                }
                return text
            case UInt8(ascii: "\\"): try escape(into: &buffer)
            case 0..<0x20: throw error("A control character in a JSON string.")
            default: buffer.append(byte)
            }
        }
        throw error("A JSON string doesn't end.")
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(OsteonError) {
        guard let letter = peek() else { throw error("A JSON string doesn't end.") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(letter)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code), peek() == UInt8(ascii: "\\") {
                position += 1
                guard peek() == UInt8(ascii: "u") else { throw error("Half a surrogate pair in a JSON string.") }
                position += 1
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw error("Half a surrogate pair in a JSON string.") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("Half a surrogate pair in a JSON string.") }
            buffer.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw error("An unknown escape in a JSON string.")
        }
    }

    private mutating func hexadecimal() throws(OsteonError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = peek() else { throw error("A JSON string doesn't end.") }
            position += 1
            switch digit {
            case 0x30...0x39: code = code << 4 | UInt32(digit - 0x30)
            case 0x41...0x46, 0x61...0x66: code = code << 4 | UInt32((digit | 0x20) - 0x57)
            default: throw error("A wrong digit in a JSON escape.")
            }
        }
        return code
    }
}
