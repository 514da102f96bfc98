import Bytes
import GraphIR

/// Finds a network's name and arguments in the configurations of MONAI bundles and Clara Train.
enum ConfigurationReader {
    private static let mostDepth = 32

    static func architecture(_ json: JSONValue) throws(OsteonError) -> Architecture? {
        guard case .object(let members) = json else { return nil }
        if case .string(let target)? = json["_target_"] {
            // Members with a leading underscore are the configuration's own (_desc_, _requires_, _disabled_ …).
            return try network(target, members.filter { !$0.name.hasPrefix("_") })
        }
        guard case .string(let name)? = json["name"] else { return nil }
        switch json["args"] {
        case nil, .null: return try network(name, [])
        case .object(let arguments): return try network(name, arguments)
        default: throw OsteonError(.malformed, "The arguments (args) of \(name) are no object.")
        }
    }

    /// The network that a whole configuration file describes, under the names bundles and Clara use.
    /// - Throws: `.usage` where it describes none, saying what it is.
    static func network(inFile json: JSONValue) throws(OsteonError) -> (name: String, arguments: [JSONValue.Member]) {
        for place in [json, json["network_def"], json["network"], json["net"], json["train"]?["model"], json["model"]] {
            if let place, case .network(let name, let arguments)? = try architecture(place) { return (name, arguments) }
        }
        throw OsteonError(
            .usage,
            """
            The JSON describes no network by name and arguments\(kind(json)). Give a configuration with {\"_target_\": \"UNet\", \
            …}, also under network_def, or {\"name\": \"UNet\", \"args\": {…}}.
            """
        )
    }

    private static func kind(_ json: JSONValue) -> String {
        guard case .object(let members) = json else { return ": it's no object" }
        if json["class_name"] != nil, json["config"] != nil { return ": it's a Keras model, whose weights are in a Keras file" }
        if members.isEmpty { return ": it's empty" }
        return ": it holds \(members.prefix(6).map(\.name).joined(separator: ", "))\(members.count > 6 ? ", …" : "")"
    }

    private static func network(_ name: String, _ arguments: [JSONValue.Member]) throws(OsteonError) -> Architecture {
        try checkPlain(.string(name), "the network's name", 0)
        for argument in arguments { try checkPlain(argument.value, "argument \(argument.name) of \(name)", 0) }
        return .network(name: name, arguments: arguments)
    }

    /// - Throws: `.unsafeReference` where a text is Python code or refers to something else.
    private static func checkPlain(_ json: JSONValue, _ place: String, _ depth: Int) throws(OsteonError) {
        guard depth < mostDepth else { throw OsteonError(.limitExceeded, "\(place) is nested too deep.") }
        switch json {
        case .string(let text):
            guard let first = text.first, "$@%".contains(first) else { return }
            throw OsteonError(
                .unsafeReference,
                """
                \(place) is \"\(text.prefix(80))\", \
                \(first == "$" ? "Python code, which isn't run" : "a reference that isn't resolved"); give the value itself.
                """
            )
        case .array(let items):
            for item in items { try checkPlain(item, place, depth + 1) }
        case .object(let members):
            for member in members { try checkPlain(member.value, place, depth + 1) }
        default: return
        }
    }
}
