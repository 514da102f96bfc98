import Bytes
import FoundationEssentials
import Glibc

/// An archive's folder: which files it has, and reading them without ever leaving it.
final class ArchiveFolder {
    let path: String
    private let directory: ContainedDirectory

    /// More names in a folder than this aren't looked at.
    private static let mostNames = 10_000

    init(path: String) throws(OsteonError) {
        self.path = path
        directory = try ContainedDirectory(path: path)
    }

    /// The name of the folder itself.
    var name: String {
        let own = Paths.name(of: path)
        return ["", ".", ".."].contains(own) ? Paths.name(of: Paths.real(path) ?? path) : own
    }

    /// The names in a folder of the archive ("" for itself), sorted; none where it isn't there.
    func names(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: fullPath(folder))) ?? []
        return Array(names.sorted { $0.precedesInUTF8($1) }.prefix(Self.mostNames))
    }

    func contains(_ location: String) -> Bool {
        let folder = Paths.folder(of: location)
        return names(in: folder == "." ? "" : folder).contains(Paths.name(of: location))
    }

    func isFolder(_ location: String) -> Bool {
        FileStatus.isFolderItself(fullPath(location))
    }

    /// - Throws: `.unsafeReference` for what doesn't truly lie in the folder.
    func map(_ location: String) throws(OsteonError) -> MappedFile { try directory.map(location) }

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

    func fullPath(_ location: String) -> String {
        location.isEmpty ? path : Paths.join(path, location)
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
