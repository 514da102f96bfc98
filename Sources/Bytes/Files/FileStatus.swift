import Glibc

/// What lies at a path; links are followed.
package enum FileStatus {
    package static func exists(_ path: String) -> Bool { mode(path) != nil }
    package static func isRegular(_ path: String) -> Bool { mode(path) == S_IFREG }
    package static func isFolder(_ path: String) -> Bool { mode(path) == S_IFDIR }

    /// Whether it's a folder, and no link to one.
    package static func isFolderItself(_ path: String) -> Bool {
        SystemCalls.linkStatus(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// The size in bytes; nil where nothing is there.
    package static func size(_ path: String) -> Int? { SystemCalls.status(path).map { Int($0.st_size) } }

    /// Who may do what with it, as nine bits; nil where nothing is there.
    package static func permissions(_ path: String) -> mode_t? { SystemCalls.status(path).map { $0.st_mode & 0o777 } }

    /// The first `count` bytes, or as many as there are; nil where it can't be opened. It isn't held to have been read.
    package static func opening(_ path: String, count: Int) -> [UInt8]? { SystemCalls.opening(path, count: count) }

    /// What distinguishes a file from any other on this system, whatever its path; nil where nothing is there.
    package static func identity(_ path: String) -> String? { SystemCalls.status(path).map { "\($0.st_dev):\($0.st_ino)" } }

    private static func mode(_ path: String) -> mode_t? { SystemCalls.status(path).map { $0.st_mode & S_IFMT } }
}
