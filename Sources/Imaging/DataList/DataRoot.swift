import Bytes
import FoundationEssentials

/// The folder a list's paths are in.
struct DataRoot {
    let folder: String
    private let real: String

    init(_ folder: String) {
        self.folder = folder
        real = Paths.real(folder) ?? folder
    }

    /// The path of a file in the folder, under `folder` whatever the list writes: with backslashes, absolute, by way of `..`, or in
    /// another Unicode form than the file system's.
    /// - Throws: `.unsafeReference` for a path or a link that leads out. A file that isn't there is no error yet.
    func resolve(_ path: String) throws(OsteonError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw OsteonError(.unsafeReference, "\"\" names no file in the data's folder.") }
        var inside = try parts(of: path, as: path)
        // A file may be named with a backslash; a list from Windows means a folder.
        if path.utf8.contains(UInt8(ascii: "\\")), !exists(inside) {
            inside = try parts(of: path.replacing("\\", with: "/"), as: path)
        }
        inside = try named(inside, as: path)
        let whole = folder + "/" + inside.joined(separator: "/")
        if let target = Paths.real(whole), !Self.isInside(target, real) {
            throw OsteonError(.unsafeReference, "\(path) is a link that leads out of \(folder).")
        }
        return whole
    }

    /// Whether the folder has such a file.
    func has(_ path: String) -> Bool { ((try? resolve(path)).map(FileStatus.isRegular)) ?? false }

    /// What distinguishes one file from another: by what's on the disk where it's there, else by its path.
    static func identity(_ path: String) -> String { FileStatus.identity(path) ?? path.composed }

    /// The parts of a path below the folder.
    private func parts(of path: String, as written: String) throws(OsteonError) -> [String] {
        var relative = path
        if path.utf8.first == UInt8(ascii: "/") {
            // Absolute: by its text, or where it really lies.
            if let below = Self.below(path, folder) ?? Self.below(path, real) ?? Paths.real(path).flatMap({ Self.below($0, real) }) {
                relative = below
            } else {
                throw leadsOut(written)
            }
        }
        var result: [String] = []
        for part in relative.utf8.split(separator: UInt8(ascii: "/")) {
            let name = String(decoding: part, as: UTF8.self)
            if name.utf8.elementsEqual(".".utf8) { continue }
            if name.utf8.elementsEqual("..".utf8) {
                guard result.popLast() != nil else { throw leadsOut(written) }
            } else {
                result.append(name)
            }
        }
        guard !result.isEmpty else { throw OsteonError(.unsafeReference, "\"\(written.prefix(120))\" names no file in the data's folder.") }
        return result
    }

    private func leadsOut(_ path: String) -> OsteonError {
        OsteonError(
            .unsafeReference,
            "\"\(path.prefix(120))\" leads out of the data's folder; only files in \(folder) are read (\(Parameter.dataRoot) says another)."
        )
    }

    private func exists(_ parts: [String]) -> Bool { FileStatus.exists(folder + "/" + parts.joined(separator: "/")) }

    /// The names as the file system has them, where they differ in nothing but the Unicode form (composed, as Linux and Windows write
    /// them, or decomposed, as macOS does).
    private func named(_ parts: [String], as written: String) throws(OsteonError) -> [String] {
        if exists(parts) || parts.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) { return parts }
        var found: [String] = []
        for part in parts {
            if exists(found + [part]) {
                found.append(part)
                continue
            }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: ([folder] + found).joined(separator: "/"))) ?? []
            // Strings are equal where they're canonically equivalent.
            let alike = names.filter { $0 == part }
            guard alike.count <= 1 else {
                throw OsteonError(
                    .unsafeReference,
                    """
                    \"\(written.prefix(120))\" may be either of \(alike.count) files whose names differ only in their Unicode form; \
                    rename one.
                    """
                )
            }
            found.append(alike.first ?? part)
        }
        return found
    }

    private static func isInside(_ path: String, _ root: String) -> Bool { path.utf8.elementsEqual(root.utf8) || below(path, root) != nil }

    /// What follows `root/` in a path; nil where it doesn't begin so.
    private static func below(_ path: String, _ root: String) -> String? {
        let start = root.utf8.last == UInt8(ascii: "/") ? Array(root.utf8) : Array(root.utf8) + [UInt8(ascii: "/")]
        guard path.utf8.starts(with: start) else { return nil }
        return String(decoding: path.utf8.dropFirst(start.count), as: UTF8.self)
    }
}
