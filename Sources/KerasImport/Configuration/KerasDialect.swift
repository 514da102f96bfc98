import Bytes
import GraphIR

/// Which Keras wrote a model: defaults and the meaning of some names differ between its versions and backends.
struct KerasDialect: Hashable, Sendable {
    /// 1, 2 or 3.
    var major: Int
    /// As the file says it, such as `2.2.4-tf`; empty where it doesn't.
    var version = ""
    /// The backend the network computed on: `tensorflow`, `theano`, …; nil where nothing says it.
    var backend: String?

    /// - Parameters:
    ///   - version: `keras_version` of the file; nil where it's missing.
    ///   - model: the model's configuration, which tells the versions apart where nothing else does.
    init(version: String?, backend: String?, model: JSONValue) {
        self.backend = backend
        self.version = version ?? ""
        major = version.flatMap(Self.major) ?? (Self.usesObjects(model) ? 3 : Self.usesOldNames(model, depth: 0) ? 1 : 2)
    }

    init(major: Int) { self.major = major }

    /// The first number of a version, as far as there are differences; nil where it's none.
    static func major(_ version: String) -> Int? {
        version.split(separator: ".").first.flatMap { Int($0) }.map { min(max($0, 1), 3) }
    }

    /// Keras 3 says the module of every class and has no version in `to_json`.
    private static func usesObjects(_ model: JSONValue) -> Bool { model["module"] != nil }

    /// Words of Keras 1 that no later version wrote: filters, padding, layout, units' initialiser, gates, an input's type.
    private static let oldNames = [
        "nb_filter", "border_mode", "dim_ordering", "init", "W_regularizer", "inner_activation", "consume_less", "input_dtype",
        "concat_axis",
    ]

    private static func usesOldNames(_ model: JSONValue, depth: Int) -> Bool {
        var layers: [JSONValue] = []
        if case .array(let list)? = model["config"] { layers = list }
        if case .array(let list)? = model["config"]?["layers"] { layers = list }
        return depth < 8
            && layers.contains { layer in
                oldNames.contains { layer["config"]?[$0] != nil } || usesOldNames(layer, depth: depth + 1)
            }
    }

    private var numbers: [Int] { version.split(separator: ".").compactMap { Int($0) } }

    /// Whether this is Keras as it came with TensorFlow, or a later one that grew out of it.
    var followsTensorFlow2: Bool {
        if major >= 3 || version.hasSuffix("tf") { return true }
        let parts = numbers
        return (version.isEmpty && major == 2) || parts.count >= 2 && (parts[0], parts[1]) >= (2, 4)
    }

    /// Whether the version is at least this one; `unknown` where the file doesn't tell it.
    func isAtLeast(_ first: Int, _ second: Int, unknown: Bool) -> Bool {
        let parts = numbers
        return parts.count >= 2 ? (parts[0], parts[1]) >= (first, second) : unknown
    }

    /// Whether sums and products of masked tensors have a mask that's any of theirs, and leave out what's masked, as since Keras 3.4.
    var joinsMasksByAny: Bool { major >= 3 && isAtLeast(3, 4, unknown: true) }

    /// Whether attention of several heads takes the masks off the tensors it reads, as since Keras 3.8.
    var takesMasksAway: Bool { major >= 3 && isAtLeast(3, 8, unknown: true) }

    /// Whether it computed on Theano, which lays `same` padding in its own way and mirrors kernels.
    var isTheano: Bool { backend == KerasOrigin.Backend.theano.rawValue }

    /// Whether batch normalisation keeps the deviation, as Keras did before 1.0.6, and not the variance; nil where the version
    /// isn't known well enough.
    var keepsDeviation: Bool? {
        guard major == 1 else { return false }
        let parts = numbers
        guard parts.count >= 2 else { return nil }
        if parts[1] > 0 { return false }
        return parts.count >= 3 ? parts[2] < 6 : nil
    }
}
