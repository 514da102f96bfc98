/// A type with one way to be written as JSON.
package protocol JSONCodable: Sendable {
    var json: JSONValue { get }
    /// - Throws: `.malformed` for JSON that isn't one.
    init(json: JSONValue) throws(OsteonError)
}

/// One way to write a value as JSON and read it back: a type's own, or a narrower one for members with bounds.
package struct JSONForm<Value>: Sendable {
    package let write: @Sendable (Value) -> JSONValue
    package let read: @Sendable (JSONValue) throws(OsteonError) -> Value

    package init(
        write: @escaping @Sendable (Value) -> JSONValue, read: @escaping @Sendable (JSONValue) throws(OsteonError) -> Value
    ) {
        self.write = write
        self.read = read
    }

    /// A present value; what a missing one means, the walk says.
    var optional: JSONForm<Value?> {
        JSONForm<Value?>(write: { $0.map(write) ?? .null }, read: { (json) throws(OsteonError) in try read(json) })
    }

    /// null for nil.
    package var nullable: JSONForm<Value?> {
        JSONForm<Value?>(write: { $0.map(write) ?? .null }, read: { (json) throws(OsteonError) in json == .null ? nil : try read(json) })
    }

    /// An array of such.
    package var list: JSONForm<[Value]> {
        JSONForm<[Value]>(
            write: { .array($0.map(write)) },
            read: { (json) throws(OsteonError) in
                var result: [Value] = []
                for element in try json.array() { result.append(try read(element)) }
                return result
            })
    }

    /// The same JSON, where `isValid`.
    package func holding(_ expected: String, _ isValid: @escaping @Sendable (Value) -> Bool) -> JSONForm {
        JSONForm(
            write: write,
            read: { (json) throws(OsteonError) in
                let value = try read(json)
                guard isValid(value) else { throw json.mismatch(expected) }
                return value
            })
    }
}

extension JSONForm where Value: JSONCodable {
    package static var own: JSONForm {
        JSONForm(write: { $0.json }, read: { (json) throws(OsteonError) in try Value(json: json) })
    }
}

extension JSONForm<Int> {
    /// 0 or more.
    package static var count: JSONForm { own.holding("a number from 0") { $0 >= 0 } }
}

extension JSONForm<Double> {
    /// 0 or more.
    package static var magnitude: JSONForm { own.holding("a number from 0") { $0 >= 0 } }

    /// Whole numbers without a fraction, as a person writes them.
    package static var brief: JSONForm {
        JSONForm(write: { Int(exactly: $0).map(JSONValue.integer) ?? .number($0) }, read: own.read)
    }

    /// Also the words that stand for what JSON has no number for.
    package static var any: JSONForm {
        JSONForm(
            write: { .number($0) },
            read: { (json) throws(OsteonError) in
                switch json {
                case .string("NaN"): .nan
                case .string("Infinity"): .infinity
                case .string("-Infinity"): -.infinity
                default: try json.double()
                }
            })
    }
}

extension JSONForm<String> {
    /// SHA-256 as 64 lower-case hexadecimal digits.
    package static var digest: JSONForm { own.holding("64 hexadecimal digits", SHA256Digest.isHexadecimal) }
}

extension JSONForm<UInt64> {
    /// A string of decimal digits: 64 bits are more than a JSON number surely keeps.
    package static var decimal: JSONForm {
        JSONForm(
            write: { .string(String($0)) },
            read: { (json) throws(OsteonError) in
                let text = try json.string()
                guard let value = UInt64(text), String(value) == text else { throw json.mismatch("a whole number of 64 bits as a string") }
                return value
            })
    }
}

extension JSONForm<[JSONValue.Member]> {
    /// An object whose members are anybody's.
    package static var members: JSONForm {
        JSONForm(write: { .object($0) }, read: { (json) throws(OsteonError) in try json.members() })
    }
}

// MARK: Plain types

extension JSONValue: JSONCodable {
    package var json: JSONValue { self }
    package init(json: JSONValue) { self = json }
}

extension String: JSONCodable {
    package var json: JSONValue { .string(self) }
    package init(json: JSONValue) throws(OsteonError) { self = try json.string() }
}

extension Int: JSONCodable {
    package var json: JSONValue { .integer(self) }
    package init(json: JSONValue) throws(OsteonError) { self = try json.integer() }
}

extension Double: JSONCodable {
    package var json: JSONValue { .number(self) }
    package init(json: JSONValue) throws(OsteonError) { self = try json.double() }
}

extension Float: JSONCodable {
    package var json: JSONValue { .number(Double(self)) }
    /// - Throws: `.malformed` for a number beyond the type's range too.
    package init(json: JSONValue) throws(OsteonError) {
        self = Float(try json.double())
        guard isFinite else { throw json.mismatch("a finite number") }
    }
}

extension Bool: JSONCodable {
    package var json: JSONValue { .bool(self) }
    package init(json: JSONValue) throws(OsteonError) { self = try json.bool() }
}

extension Array: JSONCodable where Element: JSONCodable {
    package var json: JSONValue { JSONForm<Element>.own.list.write(self) }
    package init(json: JSONValue) throws(OsteonError) { self = try JSONForm<Element>.own.list.read(json) }
}

/// Written in the order of the keys' bytes.
extension Dictionary: JSONCodable where Key == String, Value: JSONCodable {
    package var json: JSONValue {
        .object(sorted { $0.key.precedesInUTF8($1.key) }.map { .init($0.key, $0.value.json) })
    }

    package init(json: JSONValue) throws(OsteonError) {
        self = [:]
        for member in try json.members() {
            let value = try locating(member.name) { () throws(OsteonError) in try Value(json: member.value) }
            guard updateValue(value, forKey: member.name) == nil else {
                throw OsteonError(.malformed, "Two members look like \"\(member.name)\".")
            }
        }
    }
}

/// An enumeration whose raw value is its name in files: `enum Mode: String, JSONEnum { … }`.
package protocol JSONEnum: JSONCodable, RawRepresentable, CaseIterable where RawValue == String {}

extension JSONEnum {
    package var json: JSONValue { .string(rawValue) }
    package init(json: JSONValue) throws(OsteonError) { self = try json.choice() }
}
