extension JSONValue {
    /// How the text is laid out.
    package enum Layout: Sendable {
        /// No white space at all.
        case compact
        /// Two spaces a level, and a line for each member of an object; arrays of plain values stay on one line.
        case indented
    }

    /// The text in UTF-8: members in their order, doubles as the shortest digits that read back the same.
    ///
    /// JSON has no NaN and no infinities: such a number is written as the string `"NaN"`, `"Infinity"` or `"-Infinity"`.
    package func encoded(_ layout: Layout = .compact) -> [UInt8] {
        var writer = JSONWriter(isIndented: layout == .indented)
        writer.write(self, depth: 0)
        return writer.bytes
    }

    /// The text as a string.
    package func text(_ layout: Layout = .compact) -> String { String(decoding: encoded(layout), as: UTF8.self) }
}

private struct JSONWriter {
    var bytes: [UInt8] = []
    let isIndented: Bool

    init(isIndented: Bool) { self.isIndented = isIndented }

    mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .number(let value): append(number(value))
        case .string(let text): string(text)
        case .array(let values):
            let isSplit = isIndented && values.contains { $0.isContainer }
            list("[", "]", values, isSplit: isSplit, depth: depth) { writer, value in writer.write(value, depth: depth + 1) }
        case .object(let members):
            list("{", "}", members, isSplit: isIndented && !members.isEmpty, depth: depth) { writer, member in
                writer.string(member.name)
                writer.append(writer.isIndented ? ": " : ":")
                writer.write(member.value, depth: depth + 1)
            }
        }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func list<T>(
        _ open: String, _ close: String, _ items: [T], isSplit: Bool, depth: Int, _ item: (inout JSONWriter, T) -> Void
    ) {
        append(open)
        for (index, value) in items.enumerated() {
            if index > 0 { append(isIndented && !isSplit ? ", " : ",") }
            if isSplit { newLine(depth + 1) }
            item(&self, value)
        }
        if isSplit { newLine(depth) }
        append(close)
    }

    private mutating func newLine(_ depth: Int) {
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
    }

    private func number(_ value: Double) -> String {
        if value.isNaN { return "\"NaN\"" }
        if value.isInfinite { return value < 0 ? "\"-Infinity\"" : "\"Infinity\"" }
        return value.description
    }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONValue {
    fileprivate var isContainer: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }
}
