import Bytes

/// Which Keras wrote a model: defaults and the meaning of some names differ between its versions.
struct KerasDialect: Hashable, Sendable {
    /// 1, 2 or 3.
    var major: Int
    /// As the file says it, such as `2.2.4-tf`; empty where it doesn't.
    var version = ""
    /// `tensorflow`, `theano`, …; nil where the file doesn't say.
    var backend: String?

    /// - Parameters:
    ///   - version: `keras_version` of the file; nil where it's missing.
    ///   - model: the model's configuration, which tells the versions apart where nothing else does.
    init(version: String?, backend: String?, model: JSONValue) {
        self.backend = backend
        self.version = version ?? ""
        if let first = version?.split(separator: ".").first, let number = Int(first) {
            major = min(max(number, 1), 3)
        } else {
            major = Self.usesObjects(model) ? 3 : Self.usesOldNames(model) ? 1 : 2
        }
    }

    init(major: Int) { self.major = major }

    /// Keras 3 says the module of every class and has no version in `to_json`.
    private static func usesObjects(_ model: JSONValue) -> Bool { model["module"] != nil }

    /// Keras 1 named convolutions in full and counted filters by `nb_filter`, and called Dense's units `output_dim`.
    private static func usesOldNames(_ model: JSONValue) -> Bool {
        var layers: [JSONValue] = []
        if case .array(let list)? = model["config"] { layers = list }
        if case .array(let list)? = model["config"]?["layers"] { layers = list }
        let names = ["nb_filter", "border_mode", "dim_ordering", "init", "W_regularizer"]
        return layers.contains { layer in names.contains { layer["config"]?[$0] != nil } }
    }

    /// Whether this is Keras as it came with TensorFlow, or a later one that grew out of it.
    var followsTensorFlow2: Bool {
        if major >= 3 || version.hasSuffix("tf") { return true }
        let parts = version.split(separator: ".").compactMap { Int($0) }
        return version.isEmpty || parts.count >= 2 && (parts[0], parts[1]) >= (2, 4)
    }
}
