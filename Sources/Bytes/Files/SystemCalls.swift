import Glibc

/// The system's calls that take addresses, in forms that no caller can get wrong; the others are called directly.
///
/// Those that fail set `errno`.
enum SystemCalls {
    /// What `strerror` says of an error number.
    static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    /// What's at `path`, links followed; nil where it can't be looked at.
    static func status(_ path: String) -> stat? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status : nil
    }

    /// The same of a link itself.
    static func linkStatus(_ path: String) -> stat? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status : nil
    }

    static func status(of descriptor: Int32) -> stat? {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? status : nil
    }

    /// - Parameter mode: of a file that's made.
    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) -> Int32 { unsafe Glibc.open(path, flags, mode) }

    static func open(_ name: String, in folder: Int32, _ flags: Int32) -> Int32 { unsafe openat(folder, name, flags) }

    /// The first `count` bytes of a file, or as many as there are; nil where it can't be opened.
    static func opening(_ path: String, count: Int) -> [UInt8]? {
        guard let file = unsafe fopen(path, "rbe") else { return nil }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = unsafe fread(&bytes, 1, count, file)
        return Array(bytes.prefix(read))
    }

    static func makeFolder(_ path: String, mode: mode_t) -> Int32 { unsafe mkdir(path, mode) }

    static func unlink(_ path: String) { unsafe _ = Glibc.unlink(path) }

    static func link(_ from: String, _ to: String) -> Int32 { unsafe Glibc.link(from, to) }

    /// Gives the unnamed file behind `descriptor` a name.
    static func link(_ descriptor: Int32, _ path: String) -> Int32 {
        unsafe linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW)
    }

    static func rename(_ from: String, _ to: String) -> Int32 { unsafe Glibc.rename(from, to) }

    static func access(_ path: String, _ mode: Int32) -> Int32 { unsafe Glibc.access(path, mode) }

    /// The most parts that `write` takes.
    static let mostParts = 256

    /// Writes `parts` one after the other.
    /// - Returns: how many bytes were written, or -1.
    static func write(_ descriptor: Int32, _ parts: [SharedBytes]) -> Int {
        let vectors = unsafe parts.map { part in
            unsafe part.withUnsafeBytes { unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count) }
        }
        // `parts` keeps the memory the addresses are of.
        return withExtendedLifetime(parts) { unsafe writev(descriptor, vectors, Int32(vectors.count)) }
    }

    /// The absolute path without links; nil where nothing is there.
    static func realPath(_ path: String) -> String? {
        guard let result = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(result) }
        return unsafe String(validatingCString: result)
    }

    /// The names in a folder that begin with `prefix`; none where it can't be read.
    static func names(in folder: String, beginningWith prefix: String) -> [String] {
        guard let entries = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(entries) }
        let start = Array(prefix.utf8)
        var names: [String] = []
        while let entry = unsafe readdir(entries) {
            // Most folders hold many files and few of these: the bytes are looked at before a string is made.
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe bytes.starts(with: start) ? String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) : nil
            }
            if let name { names.append(name) }
        }
        return names
    }
}
