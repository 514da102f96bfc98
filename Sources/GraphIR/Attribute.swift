import Bytes
import Tensors

/// The value of an attribute as it's encoded, printed and compared.
package enum AttributeValue: Hashable, Sendable {
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case ints([Int])
    case doubles([Double])
    case strings([String])
    /// An optional attribute that isn't set.
    case none
}

extension AttributeValue: CustomStringConvertible {
    package var description: String {
        switch self {
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        case .ints(let values): "\(values)"
        case .doubles(let values): "\(values)"
        case .strings(let values): "\(values)"
        case .none: "none"
        }
    }
}

/// A Swift type that can be an operator's attribute.
package protocol AttributeCodable: Sendable {
    var attributeValue: AttributeValue { get }
    /// - Throws: `.malformed` where `attributeValue` is of another kind.
    init(attributeValue: AttributeValue) throws(OsteonError)
}

extension Bool: AttributeCodable {
    package var attributeValue: AttributeValue { .bool(self) }
    package init(attributeValue: AttributeValue) throws(OsteonError) {
        guard case .bool(let value) = attributeValue else { throw mismatch("true or false", attributeValue) }
        self = value
    }
}

extension Int: AttributeCodable {
    package var attributeValue: AttributeValue { .int(self) }
    package init(attributeValue: AttributeValue) throws(OsteonError) {
        guard case .int(let value) = attributeValue else { throw mismatch("an integer", attributeValue) }
        self = value
    }
}

extension Double: AttributeCodable {
    package var attributeValue: AttributeValue { .double(self) }
    package init(attributeValue: AttributeValue) throws(OsteonError) {
        switch attributeValue {
        case .double(let value): self = value
        case .int(let value): self = Double(value)
        default: throw mismatch("a number", attributeValue)
        }
    }
}

extension String: AttributeCodable {
    package var attributeValue: AttributeValue { .string(self) }
    package init(attributeValue: AttributeValue) throws(OsteonError) {
        guard case .string(let value) = attributeValue else { throw mismatch("a string", attributeValue) }
        self = value
    }
}

/// What a list attribute may hold.
package protocol AttributeListElement: Sendable {
    static func wrap(_ list: [Self]) -> AttributeValue
    static func unwrap(_ value: AttributeValue) throws(OsteonError) -> [Self]
}

extension Array: AttributeCodable where Element: AttributeListElement {
    package var attributeValue: AttributeValue { Element.wrap(self) }
    package init(attributeValue: AttributeValue) throws(OsteonError) { self = try Element.unwrap(attributeValue) }
}

extension Int: AttributeListElement {
    package static func wrap(_ list: [Int]) -> AttributeValue { .ints(list) }
    package static func unwrap(_ value: AttributeValue) throws(OsteonError) -> [Int] {
        guard case .ints(let list) = value else { throw mismatch("a list of integers", value) }
        return list
    }
}

extension Double: AttributeListElement {
    package static func wrap(_ list: [Double]) -> AttributeValue { .doubles(list) }
    package static func unwrap(_ value: AttributeValue) throws(OsteonError) -> [Double] {
        switch value {
        case .doubles(let list): return list
        case .ints(let list): return list.map { Double($0) }
        default: throw mismatch("a list of numbers", value)
        }
    }
}

extension String: AttributeListElement {
    package static func wrap(_ list: [String]) -> AttributeValue { .strings(list) }
    package static func unwrap(_ value: AttributeValue) throws(OsteonError) -> [String] {
        switch value {
        case .strings(let list): return list
        case .ints(let list) where list.isEmpty: return []
        default: throw mismatch("a list of strings", value)
        }
    }
}

extension Optional: AttributeCodable where Wrapped: AttributeCodable {
    package var attributeValue: AttributeValue { map(\.attributeValue) ?? .none }
    package init(attributeValue: AttributeValue) throws(OsteonError) {
        self = attributeValue == .none ? nil : try Wrapped(attributeValue: attributeValue)
    }
}

/// An enumeration whose raw value is its name in files: `enum Mode: String, AttributeEnum { … }`.
package protocol AttributeEnum: AttributeCodable, RawRepresentable, CaseIterable where RawValue == String {}

extension AttributeEnum {
    package var attributeValue: AttributeValue { .string(rawValue) }
    package init(attributeValue: AttributeValue) throws(OsteonError) {
        let name = try String(attributeValue: attributeValue)
        guard let value = Self(rawValue: name) else {
            let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw OsteonError(.malformed, "\"\(name)\" is not one of \(known).")
        }
        self = value
    }
}

extension ElementType: AttributeEnum {}

private func mismatch(_ wanted: String, _ found: AttributeValue) -> OsteonError {
    OsteonError(.malformed, "Expected \(wanted), found \(found).")
}

/// What walks an operator's attributes: one walk serves encoding, decoding, printing, comparing and documenting.
package protocol AttributeVisitor {
    /// Called once an attribute, in the order they're declared. `name` is the name on disk (snake_case).
    mutating func visit<T: AttributeCodable>(_ name: String, _ value: inout T) throws(OsteonError)
}

/// Collects every attribute's name and value.
package struct AttributeCollector: AttributeVisitor {
    package private(set) var values: [(name: String, value: AttributeValue)] = []

    package init() {}

    package mutating func visit<T: AttributeCodable>(_ name: String, _ value: inout T) {
        values.append((name, value.attributeValue))
    }
}

/// Sets attributes from named values; those not named keep their defaults.
package struct AttributeAssigner: AttributeVisitor {
    private var remaining: [String: AttributeValue]

    package init(_ values: [String: AttributeValue]) { remaining = values }

    package mutating func visit<T: AttributeCodable>(_ name: String, _ value: inout T) throws(OsteonError) {
        guard let given = remaining.removeValue(forKey: name) else { return }
        do { value = try T(attributeValue: given) } catch { throw error.at("attribute \(name)") }
    }

    /// - Throws: `.unsupported` where a value was given that the operator doesn't have.
    package func finish() throws(OsteonError) {
        if let unknown = remaining.keys.min() {
            throw OsteonError(.unsupported, "Unknown attribute \(unknown): the file was written by a newer Osteon.")
        }
    }
}
