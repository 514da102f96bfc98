import Bytes

/// The network that a file of weights belongs to, as a person names it.
package enum Architecture: Sendable, Hashable {
    /// A file that describes it: a Keras model as JSON, a bundle's or an archive's configuration.
    case file(String)
    /// One of Osteon's own definitions, with its constructor's arguments.
    case network(name: String, arguments: [JSONValue.Member])

    /// Reads `model.json`, `densenet121` or `segresnet:init_filters=16,blocks_down=[1,2,2,4]`.
    ///
    /// Text with a slash or the extension `.json` is a path. Values are JSON; what isn't JSON is taken as a string.
    /// - Throws: `.usage` for an empty name, an argument without a name or value, or a name given twice.
    package init(_ text: String) throws(OsteonError) {
        if text.contains("/") || text.lowercased().hasSuffix(".json") {
            self = .file(text)
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard !name.isEmpty else { throw OsteonError(.usage, "\(Parameter.architecture) names no network.") }
        var arguments: [JSONValue.Member] = []
        for piece in parts.count > 1 ? Self.pieces(parts[1]) : [] {
            let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else {
                throw OsteonError(.usage, "\"\(piece)\" in \(Parameter.architecture) \(text) isn't name=value.")
            }
            guard !arguments.contains(where: { $0.name == pair[0] }) else {
                throw OsteonError(.usage, "\(Parameter.architecture) \(text) gives \(pair[0]) twice.")
            }
            arguments.append(JSONValue.Member(pair[0], Self.value(pair[1])))
        }
        self = .network(name: name, arguments: arguments)
    }

    /// The parts between commas that aren't inside brackets.
    private static func pieces(_ text: Substring) -> [String] {
        var result = [""]
        var depth = 0
        for character in text {
            if "[({".contains(character) { depth += 1 }
            if "])}".contains(character) { depth -= 1 }
            if character == ",", depth == 0 { result.append("") } else { result[result.count - 1].append(character) }
        }
        return result
    }

    private static func value(_ text: String) -> JSONValue {
        // Python's spelling, as constructors are documented with it.
        let known: [String: JSONValue] = ["True": true, "False": false, "None": nil]
        if let value = known[text] { return value }
        let json = text.hasPrefix("(") && text.hasSuffix(")") ? "[\(text.dropFirst().dropLast())]" : text
        return (try? JSONValue(parsing: json)) ?? .string(text)
    }
}
