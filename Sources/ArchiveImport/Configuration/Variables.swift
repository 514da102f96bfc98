import Bytes

/// The values that `{NAME}` stands for in an archive's configurations, from its environment.json.
struct Variables {
    private var values: [String: JSONValue] = [:]
    /// Bytes that may still be put in; a value can name others, and so grow without bound.
    private var budget = 4_000_000
    private static let deepest = 8

    init() {}

    /// - Parameter json: an object; members that are objects or arrays are left out.
    init(_ json: JSONValue) throws(OsteonError) {
        for member in try json.members() {
            switch member.value {
            case .string, .integer, .number, .bool: values[member.name] = member.value
            default: break
            }
        }
    }

    subscript(name: String) -> JSONValue? { values[name] }

    mutating func set(_ name: String, _ value: JSONValue) { values[name] = value }

    /// The text of a variable, with those it names filled in.
    mutating func text(_ name: String) throws(OsteonError) -> String? {
        guard case .string(let text)? = values[name] else { return nil }
        return try fill(text, depth: 0)
    }

    /// `json` with every variable in its strings filled in. A string that is one variable takes the variable's own kind.
    mutating func fill(_ json: JSONValue) throws(OsteonError) -> JSONValue {
        switch json {
        case .object(let members):
            var filled: [JSONValue.Member] = []
            for member in members { filled.append(JSONValue.Member(member.name, try fill(member.value))) }
            return .object(filled)
        case .array(let elements):
            var filled: [JSONValue] = []
            for element in elements { filled.append(try fill(element)) }
            return .array(filled)
        case .string(let text) where text.utf8.contains(UInt8(ascii: "{")):
            if text.hasPrefix("{"), text.hasSuffix("}"), let value = values[String(text.dropFirst().dropLast())] {
                if case .string = value {} else { return value }
            }
            return .string(try fill(text, depth: 0))
        default: return json
        }
    }

    private mutating func fill(_ text: String, depth: Int) throws(OsteonError) -> String {
        guard depth < Self.deepest else {
            throw OsteonError(
                .limitExceeded,
                "Variables of environment.json name one another more than \(Self.deepest) deep, as in \"\(text.prefix(80))\".")
        }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "{"), let end = bytes[position...].firstIndex(where: { !Self.isLetter($0) }),
                bytes[end] == UInt8(ascii: "}"), let value = values[String(decoding: bytes[position..<end], as: UTF8.self)]
            else {
                result.append(byte)
                continue
            }
            let filled: String = if case .string(let text) = value { try fill(text, depth: depth + 1) } else { value.text() }
            // What's empty takes time all the same.
            budget -= filled.utf8.count + 16
            guard budget >= 0 else { throw OsteonError(.limitExceeded, "The variables of environment.json fill in more than 4 MB.") }
            result += filled.utf8
            position = end + 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Whether a byte may stand in a variable's name.
    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
