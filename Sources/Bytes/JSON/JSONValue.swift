/// A JSON value (RFC 8259) whose objects keep the order of their members.
package enum JSONValue: Sendable, Hashable {
    /// One name and its value in an object.
    package struct Member: Sendable, Hashable {
        package var name: String
        package var value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    case object([Member])
    case array([JSONValue])
    case string(String)
    /// A number without fraction and exponent that fits.
    case integer(Int)
    case number(Double)
    case bool(Bool)
    case null

    /// The value of the member whose name has just these bytes; nil where there's none or this is no object.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }
}

// What a reader expects at a place; the error says what was expected and what is there.
extension JSONValue {
    /// The members, every name one of `allowed` where that's given.
    package func members(only allowed: [String]? = nil) throws(OsteonError) -> [Member] {
        guard case .object(let members) = self else { throw mismatch("an object") }
        guard let allowed else { return members }
        for member in members where !allowed.contains(where: { $0.utf8.elementsEqual(member.name.utf8) }) {
            throw OsteonError(.malformed, "Unknown member \"\(member.name)\"; known are \(allowed.joined(separator: ", ")).")
        }
        return members
    }

    /// The value of a member that must be there.
    package func member(_ name: String) throws(OsteonError) -> JSONValue {
        guard let value = self[name] else { throw OsteonError(.malformed, "Member \"\(name)\" is missing.") }
        return value
    }

    package func array() throws(OsteonError) -> [JSONValue] {
        guard case .array(let values) = self else { throw mismatch("an array") }
        return values
    }

    package func string() throws(OsteonError) -> String {
        guard case .string(let value) = self else { throw mismatch("a string") }
        return value
    }

    package func integer() throws(OsteonError) -> Int {
        guard case .integer(let value) = self else { throw mismatch("an integer") }
        return value
    }

    package func double() throws(OsteonError) -> Double {
        switch self {
        case .number(let value): return value
        case .integer(let value): return Double(value)
        default: throw mismatch("a number")
        }
    }

    package func bool() throws(OsteonError) -> Bool {
        guard case .bool(let value) = self else { throw mismatch("true or false") }
        return value
    }

    package func strings() throws(OsteonError) -> [String] {
        var result: [String] = []
        for value in try array() { result.append(try value.string()) }
        return result
    }

    /// What `decode` makes of a member that must be there, with the member on an error's trail.
    package func member<T>(_ name: String, _ decode: (JSONValue) throws(OsteonError) -> T) throws(OsteonError) -> T {
        let value = try member(name)
        return try locating(name) { () throws(OsteonError) in try decode(value) }
    }

    /// What `decode` makes of each element of a member that must be an array, with the member on an error's trail.
    package func list<T>(_ name: String, _ decode: (JSONValue) throws(OsteonError) -> T) throws(OsteonError) -> [T] {
        try member(name) { (value) throws(OsteonError) in
            var result: [T] = []
            for element in try value.array() { result.append(try decode(element)) }
            return result
        }
    }

    /// The case whose raw value is this string.
    package func choice<T: RawRepresentable & CaseIterable>() throws(OsteonError) -> T where T.RawValue == String {
        guard let value = T(rawValue: try string()) else {
            throw mismatch("one of \(T.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    /// An error saying that `expected` should be here.
    package func mismatch(_ expected: String) -> OsteonError {
        let found =
            switch self {
            case .object: "an object"
            case .array: "an array"
            case .string(let text): "\"\(text.prefix(40))\""
            case .integer(let value): "\(value)"
            case .number(let value): "\(value)"
            case .bool(let value): "\(value)"
            case .null: "null"
            }
        return OsteonError(.malformed, "Expected \(expected), found \(found).")
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }
    /// Members in the order written.
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements.map { Member($0, $1) }) }
}
