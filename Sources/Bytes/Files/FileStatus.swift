import Glibc

/// What lies at a path; links are followed.
package enum FileStatus {
    package static func exists(_ path: String) -> Bool { mode(path) != nil }
    package static func isRegular(_ path: String) -> Bool { mode(path) == S_IFREG }
    package static func isFolder(_ path: String) -> Bool { mode(path) == S_IFDIR }

    /// Whether it's a folder, and no link to one.
    package static func isFolderItself(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The size in bytes; nil where nothing is there.
    package static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    private static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}
