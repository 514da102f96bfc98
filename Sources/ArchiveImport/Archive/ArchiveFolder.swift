import Bytes

/// An archive's folder: which files it has, and reading them without ever leaving it.
struct ArchiveFolder {
    private let folder: SourceFolder

    /// More names in a folder than this aren't looked at.
    private static let mostNames = 10_000

    /// - Throws: `.unreadable` where the source is no folder that can be opened.
    init(_ source: Source) throws(OsteonError) { folder = try source.folder.contained() }

    var path: String { folder.path }

    /// The name of the folder itself.
    var name: String {
        let own = Paths.name(of: path)
        return ["", ".", ".."].contains(own) ? Paths.name(of: Paths.real(path) ?? path) : own
    }

    /// The names in a folder of the archive ("" for itself), sorted; none where it isn't there.
    func names(in location: String) -> [String] { Array(folder.names(in: location).prefix(Self.mostNames)) }

    func contains(_ location: String) -> Bool {
        let folder = Paths.folder(of: location)
        return names(in: folder == "." ? "" : folder).contains(Paths.name(of: location))
    }

    func isFolder(_ location: String) -> Bool { folder.isFolder(location) }

    /// - Throws: `.unsafeReference` for what doesn't truly lie in the folder.
    func map(_ location: String) throws(OsteonError) -> MappedFile { try folder.map(location) }

    /// A model in the archive, as a source whose files truly lie in it.
    func source(at location: String) throws(OsteonError) -> Source { try folder.source(at: location) }

    /// The JSON in a file, which may begin with a byte order mark and hold comments and trailing commas.
    /// - Returns: also what was tolerated, for a note.
    func json(_ location: String, limit: Int) throws(OsteonError) -> (value: JSONValue, tolerated: [String]) {
        let file = try map(location)
        return try locating(location) { () throws(OsteonError) in
            guard file.count <= limit else {
                throw OsteonError(.limitExceeded, "\(file.count) bytes of JSON; \(limit) at most are read.")
            }
            return try LenientJSON.parse(file.bytes)
        }
    }
}

/// A path that stands in a configuration.
enum ArchivePath {
    /// The place in the archive that `text` means: relative to its folder, which it may name by `{MMAR_ROOT}`.
    /// - Throws: `.unsafeReference` for an absolute path, one with `..`, and what is no path at all.
    static func location(_ text: String) throws(OsteonError) -> String {
        var text = text
        for root in ["{MMAR_ROOT}", "${MMAR_ROOT}", "$MMAR_ROOT"] where text == root || text.hasPrefix(root + "/") {
            text = String(text.dropFirst(root.count + 1))
        }
        let parts = Paths.components(of: text).filter { $0 != "." }
        guard !text.utf8.contains(0), text.utf8.count < 4096 else {
            throw OsteonError(.unsafeReference, "\"\(text.prefix(80))\" is no path in the archive.")
        }
        guard !Paths.isAbsolute(text), !parts.contains("..") else {
            throw OsteonError(.unsafeReference, "\(text) leads out of the archive; only files in its own folder are read.")
        }
        return parts.joined(separator: "/")
    }
}
