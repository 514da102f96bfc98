import Bytes

/// Resolves what a MONAI bundle's configuration refers to, as data: `@network::in_channels`, `%other.json::key`.
///
/// Text that begins with `$` is a Python expression and is never run; `$@x` is the reference alone, and a literal (`$[1, 2]`,
/// `$None`) is its value.
struct BundleReferences {
    private let root: JSONValue
    /// The whole of another file of the bundle, by the name a macro gives it.
    private let file: (String) throws(OsteonError) -> JSONValue
    private var files: [String: JSONValue] = [:]
    /// Bytes of values that may still be made; references to references could multiply without bound.
    private var budget = 8_000_000
    private static let deepest = 64

    init(_ root: JSONValue, file: @escaping (String) throws(OsteonError) -> JSONValue) {
        self.root = root
        self.file = file
    }

    /// `json` with every reference in it replaced by what it means. Expressions stay as they are.
    /// - Throws: `.malformed` for a reference to nothing or to itself, `.limitExceeded` for too many or too deep ones.
    mutating func resolve(_ json: JSONValue) throws(OsteonError) -> JSONValue { try resolve(json, in: root, depth: 0) }

    private mutating func resolve(_ json: JSONValue, in document: JSONValue, depth: Int) throws(OsteonError) -> JSONValue {
        budget -= 16
        if case .string(let text) = json { budget -= text.utf8.count }
        guard depth < Self.deepest, budget > 0 else {
            throw OsteonError(.limitExceeded, "The references of the configuration lead in a circle, or are too many.")
        }
        switch json {
        case .object(let members):
            var resolved: [JSONValue.Member] = []
            for member in members { resolved.append(.init(member.name, try resolve(member.value, in: document, depth: depth + 1))) }
            return .object(resolved)
        case .array(let elements):
            var resolved: [JSONValue] = []
            for element in elements { resolved.append(try resolve(element, in: document, depth: depth + 1)) }
            return .array(resolved)
        case .string(let text): return try resolve(text, in: document, depth: depth)
        default: return json
        }
    }

    private mutating func resolve(_ text: String, in document: JSONValue, depth: Int) throws(OsteonError) -> JSONValue {
        if text.hasPrefix("%") { return try macro(text, in: document, depth: depth) }
        let reference = text.hasPrefix("$") ? String(text.dropFirst()).filter { $0 != " " } : text
        if reference.hasPrefix("@"), reference.dropFirst().allSatisfy({ $0.isLetter || $0.isNumber || "_:#".contains($0) }) {
            let value = try lookUp(String(reference.dropFirst()), in: document)
            return try resolve(value, in: document, depth: depth + 1)
        }
        if text.hasPrefix("$"), let literal = Self.literal(String(text.dropFirst())) { return literal }
        return .string(text)
    }

    private mutating func macro(_ text: String, in document: JSONValue, depth: Int) throws(OsteonError) -> JSONValue {
        let parts = text.dropFirst().split(separator: "::", maxSplits: 1).map(String.init)
        guard let name = parts.first, name.hasSuffix(".json") else {
            let value = try lookUp(String(text.dropFirst()), in: document)
            return try resolve(value, in: document, depth: depth + 1)
        }
        let other: JSONValue
        if let known = files[name] { other = known } else { other = try file(name) }
        files[name] = other
        let value = parts.count > 1 ? try lookUp(parts[1], in: other) : other
        return try resolve(value, in: other, depth: depth + 1)
    }

    /// What stands at `a::b::0`, names and places from the outermost in; `#` separates them in older bundles.
    private mutating func lookUp(_ path: String, in document: JSONValue) throws(OsteonError) -> JSONValue {
        var value = document
        for step in path.replacing("::", with: "#").split(separator: "#").map(String.init) {
            let next: JSONValue?
            if case .object(let members) = value { budget -= members.count }
            guard budget > 0 else { throw OsteonError(.limitExceeded, "The references of the configuration are too many.") }
            if case .array(let elements) = value, let index = Int(step) {
                next = elements.indices.contains(index) ? elements[index] : nil
            } else {
                next = value[step]
            }
            guard let next else { throw OsteonError(.malformed, "The configuration refers to @\(path.prefix(80)), which isn't in it.") }
            value = next
        }
        return value
    }

    /// A Python literal without any computation; nil for everything else.
    private static func literal(_ text: String) -> JSONValue? {
        let named: [String: JSONValue] = ["True": true, "False": false, "None": nil]
        let text = text.trimmingSpaces
        if let value = named[text] { return value }
        let json = text.hasPrefix("(") && text.hasSuffix(")") && text.contains(",") ? "[\(text.dropFirst().dropLast())]" : text
        return try? JSONValue(parsing: json)
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let trimmed = drop { $0 == " " }
        return String(trimmed.reversed().drop { $0 == " " }.reversed())
    }
}
