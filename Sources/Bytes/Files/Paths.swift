/// Arithmetic of paths, by their bytes: the system knows no characters, only bytes between slashes.
///
/// Foundation's `NSString` methods trap on some relative names, and Swift's `Character` takes a slash with a combining mark behind
/// it for another letter. Nothing else in the project takes paths apart.
package enum Paths {
    private static let slash = UInt8(ascii: "/"), dot = UInt8(ascii: ".")

    /// The folder that holds what `path` names: `.` for a bare name, `/` for the root and what lies in it.
    package static func folder(of path: String) -> String {
        let bytes = trimmed(path)
        guard let cut = bytes.lastIndex(of: slash) else { return bytes.isEmpty && isAbsolute(path) ? "/" : "." }
        let folder = dropTrailingSlashes(bytes[..<cut])
        return folder.isEmpty ? "/" : text(folder)
    }

    /// The last component, without slashes behind it; empty for the root and for no path at all.
    package static func name(of path: String) -> String {
        let bytes = trimmed(path)
        guard let cut = bytes.lastIndex(of: slash) else { return text(bytes) }
        return text(bytes[(cut + 1)...])
    }

    /// The name without its last extension; a dot in front is part of a name.
    package static func stem(of path: String) -> String {
        let name = name(of: path)
        let bytes = Array(name.utf8)
        guard let cut = bytes.lastIndex(of: dot), cut > 0, cut < bytes.count - 1 else { return name }
        return text(bytes[..<cut])
    }

    /// `name` in `folder`; the name alone for the current folder, or where it begins at the root.
    package static func join(_ folder: String, _ name: String) -> String {
        if folder.isEmpty || folder == "." || isAbsolute(name) { return name }
        return folder.utf8.last == slash ? folder + name : folder + "/" + name
    }

    /// The components between slashes, without empty ones.
    package static func components(of path: String) -> [String] {
        Array(path.utf8).split(separator: slash, omittingEmptySubsequences: true).map(text)
    }

    package static func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

    /// Whether the path's last bytes are these (`.onnx`).
    package static func ends(_ path: String, in ending: String) -> Bool { path.utf8.suffix(ending.utf8.count).elementsEqual(ending.utf8) }

    /// The absolute path without links, `.` and `..`; nil where nothing is there.
    package static func real(_ path: String) -> String? { SystemCalls.realPath(path) }

    private static func trimmed(_ path: String) -> ArraySlice<UInt8> { dropTrailingSlashes(Array(path.utf8)[...]) }

    private static func dropTrailingSlashes(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var end = bytes.endIndex
        while end > bytes.startIndex, bytes[end - 1] == slash { end -= 1 }
        return bytes[..<end]
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
