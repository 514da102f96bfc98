import Bytes
import HDF5
import Tensors

/// What a file of Keras' holds: weights, and with most the model they're for.
struct KerasFile {
    var weights: any WeightSource
    /// The model's configuration; nil where the file holds weights only.
    var model: JSONValue?
    /// The version of Keras that wrote the weights.
    var version: String?
    /// The backend it ran on, as the file says it or its variables' names tell.
    var backend: String?
    /// Whether the weights are laid out as Keras 1 did it.
    var isKeras1 = false

    /// The members of a `.keras` archive.
    private enum Member {
        static let configuration = "config.json"
        static let metadata = "metadata.json"
        static let weights = "model.weights.h5"
    }

    /// The most bytes of an archive's members together.
    private static let archiveLimit = 1 << 36

    /// Whether `bytes` are those of an HDF5 file or of an archive with a model's members. Looks at little of them.
    static func recognizes(_ bytes: SharedBytes) -> Bool {
        if HDF5File.recognizes(bytes) { return true }
        guard isZip(bytes), let archive = try? ZipArchive(bytes) else { return false }
        let names = archive.members.map(\.name)
        return names.contains(Member.configuration) && names.contains(Member.weights)
    }

    private static func isZip(_ bytes: SharedBytes) -> Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

    /// - Throws: `.unsupported` for HDF5 files that aren't Keras', what the readers throw otherwise.
    init(_ file: MappedFile) throws(OsteonError) {
        self = try Self.isZip(file.bytes) ? Self(archive: file) : Self(HDF5File(file))
    }

    /// - Throws: `.unsupported` where it's another kind of HDF5 file.
    init(_ file: HDF5File) throws(OsteonError) {
        let root = file.root
        let group = try root.contains("model_weights") ? root.group("model_weights") : root
        for place in [root, group] {
            if let text = try place.kerasText("keras_version") { version = text }
            if let text = try place.kerasText("backend") { backend = text }
        }
        if try LegacyWeights.recognizes(group) {
            let legacy = LegacyWeights(group: group)
            weights = legacy
            if version.flatMap(KerasDialect.major) ?? 1 == 1 || backend == nil {
                let names = VariableNames(try legacy.variableNames())
                isKeras1 = version.flatMap(KerasDialect.major).map { $0 == 1 } ?? names.areOfKeras1
                backend = backend ?? names.backend(isKeras1: isKeras1)
            }
        } else if try PathWeights.recognizes(group) {
            weights = PathWeights(group: group)
        } else {
            throw OsteonError(
                .unsupported, "It's an HDF5 file, but not one of Keras': it has neither layer_names nor layers.")
        }
        guard let text = try root.kerasText("model_config") else { return }
        model = try locating("attribute model_config") { () throws(OsteonError) in try JSONValue(parsing: text) }
    }

    private init(archive file: MappedFile) throws(OsteonError) {
        let archive = try ZipArchive(file.bytes, limit: Self.archiveLimit)
        model = try Self.json(Member.configuration, in: archive)
        let metadata = try Self.json(Member.metadata, in: archive)
        version = try metadata?["keras_version"]?.string()
        guard let member = archive.members.first(where: { $0.name == Member.weights }) else {
            throw OsteonError(.malformed, "The archive has no \(Member.weights).")
        }
        let bytes = try archive.read(member)
        let root = try locating("member \(member.name)") { () throws(OsteonError) in try HDF5File(bytes).root }
        weights = PathWeights(group: root)
    }

    private static func json(_ name: String, in archive: ZipArchive) throws(OsteonError) -> JSONValue? {
        guard let member = archive.members.first(where: { $0.name == name }) else { return nil }
        guard member.size <= JSONValue.Limits().byteCount else {
            throw OsteonError(.limitExceeded, "\(name) has \(member.size) bytes.")
        }
        let bytes = try archive.read(member)
        return try locating("member \(name)") { () throws(OsteonError) in try JSONValue(parsing: bytes) }
    }
}
