import Bytes

/// Collects every layer that can't be imported, to report them together.
struct UnsupportedLayers {
    /// The layers by class and reason, in order of appearance.
    private var found: [(title: String, reason: String?, layers: [String])] = []
    private var seen: Set<String> = []

    /// The first layer that carries code.
    private var code: String?

    var isEmpty: Bool { found.isEmpty && code == nil }

    /// Settings that change a layer and its weights and that its rule doesn't read, by class.
    private static let unreadSettings = ["MultiHeadAttention": ["use_gate", "sliding_window"]]

    /// The rule for a layer; nil where there's none, a setting isn't read or it carries code, which is noted.
    mutating func rule(for layer: KerasLayer) -> LayerRule? {
        if Self.isCode(layer) {
            if code == nil { code = "\(layer.path) (\(layer.title))" }
            return nil
        }
        let unread = Self.unreadSettings[layer.className]?.first { layer.configuration.value([$0]) ?? false != false }
        if unread == nil, let rule = LayerRules.rule(for: layer) { return rule }
        add(layer, unread)
        return nil
    }

    mutating func add(_ layer: KerasLayer, _ reason: String?) {
        guard seen.insert(layer.path).inserted else { return }
        let reason = reason ?? Self.explanation(layer)
        if let index = found.firstIndex(where: { $0.title == layer.title && $0.reason == reason }) {
            found[index].layers.append(layer.path)
        } else {
            found.append((layer.title, reason, [layer.path]))
        }
    }

    /// Throws where anything was noted.
    func check() throws(OsteonError) {
        if let code {
            throw OsteonError(
                .unsafeReference,
                """
                The layer \(code) holds Python code, which Osteon doesn't run. Replace it by layers in Keras, or end the model \
                before it (\(Parameter.output)).
                """
            )
        }
        guard !found.isEmpty else { return }
        var parts: [String] = []
        for (title, reason, layers) in found.prefix(20) {
            let names = layers.prefix(3).joined(separator: ", ") + (layers.count > 3 ? ", …" : "")
            parts.append("\(title) ×\(layers.count)\(reason.map { " – \($0)" } ?? "") (\(names))")
        }
        if found.count > 20 { parts.append("and \(found.count - 20) more classes") }
        throw OsteonError(.unsupported, "Osteon can't import these layers: \(parts.joined(separator: "; ")).")
    }

    /// Whether a layer's configuration holds a Python function. It's never run, whatever it looks like.
    private static func isCode(_ layer: KerasLayer) -> Bool {
        layer.className == "Lambda" || carriesCode(layer.configuration.all, depth: 0)
    }

    private static func carriesCode(_ value: JSONValue, depth: Int) -> Bool {
        guard depth < 64 else { return true }
        switch value {
        case .object(let members):
            for member in members {
                if member.name == "class_name", member.value == "__lambda__" { return true }
                if member.name.hasSuffix("_type") || member.name == "function_type", member.value == "lambda" { return true }
                if member.name == "func_type", member.value != .null { return true }
                if carriesCode(member.value, depth: depth + 1) { return true }
            }
            return false
        case .array(let items): return items.contains { carriesCode($0, depth: depth + 1) }
        default: return false
        }
    }

    private static func explanation(_ layer: KerasLayer) -> String? {
        if !layer.package.isEmpty { return "a class of its own, registered by the code that made it" }
        return nil
    }
}
