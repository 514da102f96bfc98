import GraphIR

/// What the names of a file's variables tell of who wrote it, where its attributes don't.
///
/// TensorFlow's variables have a number behind a colon (`convolution2d_1_W:0`), Theano's haven't (`convolution2d_1_W`). Keras 1 named
/// weights `W`, `U` and `b`, later versions `kernel` and `bias`.
struct VariableNames {
    private let names: [Substring]
    private let numbered: Int

    init(_ names: [String]) {
        // Variables without a name were counted, which tells nothing.
        let telling = names.filter { !$0.hasPrefix("param_") }
        self.names = telling.map { $0.prefix { $0 != ":" } }
        numbered = telling.count { $0.contains(":") }
    }

    private static let oldEndings = ["_W", "_b", "_U", "_running_std", "_alphas"]
    private static let gates = ["i", "c", "f", "o", "z", "r", "h"]

    /// Whether these are Keras 1's words.
    var areOfKeras1: Bool {
        let endings = Self.oldEndings + ["_W", "_U", "_b"].flatMap { part in Self.gates.map { "\(part)_\($0)" } }
        return names.contains { name in endings.contains { name.hasSuffix($0) } }
    }

    /// The backend whose names these are; nil where they may be of several.
    func backend(isKeras1: Bool) -> String? {
        guard !names.isEmpty else { return nil }
        if numbered == names.count { return KerasOrigin.Backend.tensorflow.rawValue }
        return isKeras1 && numbered == 0 ? KerasOrigin.Backend.theano.rawValue : nil
    }
}
