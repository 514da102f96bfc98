import Bytes
import GraphIR

// Attribute values as JSON. A double is always written with a fraction or exponent, an integer never, so each comes back as
// what it was; a double JSON can't write becomes {"number": "NaN" | "Infinity" | "-Infinity"}.
extension AttributeValue {
    var json: JSONValue {
        switch self {
        case .bool(let value): .bool(value)
        case .int(let value): .integer(value)
        case .double(let value): Self.number(value)
        case .string(let value): .string(value)
        case .ints(let values): .array(values.map(JSONValue.integer))
        case .doubles(let values): .array(values.map(Self.number))
        case .strings(let values): .array(values.map(JSONValue.string))
        case .none: .null
        }
    }

    init(json: JSONValue) throws(OsteonError) {
        switch json {
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .int(value)
        case .string(let value): self = .string(value)
        case .null: self = .none
        case .number, .object: self = .double(try Self.double(json))
        case .array(let values): self = try Self.list(values)
        }
    }

    private static func number(_ value: Double) -> JSONValue {
        value.isFinite ? .number(value) : ["number": .string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")]
    }

    private static func double(_ json: JSONValue) throws(OsteonError) -> Double {
        guard case .object = json else { return try json.double() }
        _ = try json.members(only: ["number"])
        switch try json.member("number").string() {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default: throw json.mismatch("NaN, Infinity or -Infinity")
        }
    }

    private static func list(_ values: [JSONValue]) throws(OsteonError) -> AttributeValue {
        switch values.first {
        case .none: return .ints([])
        case .string:
            var list: [String] = []
            for value in values { list.append(try value.string()) }
            return .strings(list)
        case .integer:
            var list: [Int] = []
            for value in values { list.append(try value.integer()) }
            return .ints(list)
        default:
            var list: [Double] = []
            for value in values { list.append(try double(value)) }
            return .doubles(list)
        }
    }
}
