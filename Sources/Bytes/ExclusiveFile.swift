import Foundation

/// Writes files that nobody else has written: of several processes that try at once, one succeeds.
public enum ExclusiveFile {
    /// Writes `bytes` as the file at `path`, whole, where there's no file yet.
    /// - Returns: false where there is one; it stays as it is.
    /// - Throws: `.outputFailed` naming the path and the system's reason.
    public static func write(_ bytes: [UInt8], to path: String) throws(OsteonError) -> Bool {
        var status = stat()
        if lstat(path, &status) == 0 { return false }
        let partial = temporaryName(beside: path)
        try AtomicFile.write(bytes, to: partial)
        defer { unlink(partial) }
        if link(partial, path) == 0 { return true }
        if errno == EEXIST { return false }
        guard [EPERM, EOPNOTSUPP, ENOSYS, EACCES].contains(errno) else { throw failure(path) }
        return try create(path, bytes)
    }

    /// For file systems without hard links: exclusive, though a reader may see it before its end.
    private static func create(_ path: String, _ bytes: [UInt8]) throws(OsteonError) -> Bool {
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor < 0, errno == EEXIST { return false }
        guard descriptor >= 0 else { throw failure(path) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = failure(path)
                _ = Foundation.close(descriptor)
                unlink(path)
                throw error
            }
            done += count
        }
        guard fsync(descriptor) == 0, Foundation.close(descriptor) == 0 else { throw failure(path) }
        return true
    }

    private static func temporaryName(beside path: String) -> String {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        return "\(folder).osteon-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 16)).partial"
    }

    private static func failure(_ path: String) -> OsteonError {
        OsteonError(.outputFailed, "Can't write \(path): \(String(cString: strerror(errno))).")
    }
}
