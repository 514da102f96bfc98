import Glibc
import Synchronization

/// Writes files that appear whole or not at all.
///
/// The bytes go into an unnamed file in the destination's folder (or, where the file system has none, a hidden
/// `.osteon-….partial`, see `Staging`), which is synced, named, renamed over the destination, and the folder synced. Any failure
/// leaves the destination as it was and nothing beside it. A symbolic link is followed: the file it names is replaced; one that leads
/// nowhere is refused. Where a `FileLedger` is kept, a file that was read is no destination.
package enum AtomicFile {
    /// Writes `buffers`, one after the other, as the file at `path`; they are not copied.
    /// - Parameter replaced: a file this process has read and means to replace.
    /// - Throws: `.outputFailed` naming the path and the system's reason; `.usage` for another file that was read.
    package static func write(_ buffers: [SharedBytes], to path: String, replacing replaced: String? = nil) throws(OsteonError) {
        try FileLedger.admit(path, replacing: replaced)
        try write(buffers, to: path, calls: .system)
        FileLedger.noteWritten(path)
    }

    package static func write(_ bytes: [UInt8], to path: String, replacing replaced: String? = nil) throws(OsteonError) {
        try write([SharedBytes(bytes)], to: path, replacing: replaced)
    }

    /// Writes `text` in UTF-8.
    package static func write(text: String, to path: String) throws(OsteonError) {
        try write(Array(text.utf8), to: path)
    }

    /// Writes a file that isn't there yet: of several processes that try at once, one succeeds.
    /// - Parameter isSecret: whether only its owner may read it.
    /// - Returns: false where there is one; it stays as it is.
    package static func write(new bytes: [UInt8], to path: String, isSecret: Bool = false) throws(OsteonError) -> Bool {
        if isThere(path) { return false }
        let calls = FileCalls.creating(isSecret: isSecret)
        do throws(OsteonError) {
            try write([SharedBytes(bytes)], to: path, calls: calls)
        } catch {
            if isThere(path) { return false }
            throw error
        }
        FileLedger.noteWritten(path)
        return true
    }

    /// Whether something has that name, if only a link that leads nowhere.
    private static func isThere(_ path: String) -> Bool { SystemCalls.linkStatus(path) != nil }

    package static func write(
        _ buffers: [SharedBytes], to path: String, calls: FileCalls
    ) throws(OsteonError) {
        let publication = try Publication(path, calls)
        publication.sweep()
        if try publication.writeUnnamed(buffers) { return }
        try publication.writeNamed(buffers)
    }
}

/// One attempt to put bytes at one destination.
private struct Publication {
    let path: String, destination: String, folder: String
    let calls: FileCalls

    init(_ path: String, _ calls: FileCalls) throws(OsteonError) {
        self.path = path
        self.calls = calls
        if let status = SystemCalls.status(path) {
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw OsteonError(.outputFailed, "Can't write \(path): it exists and is not a regular file.")
            }
            destination = Paths.real(path) ?? path
        } else if let status = SystemCalls.linkStatus(path), status.st_mode & S_IFMT == S_IFLNK {
            throw OsteonError(
                .outputFailed, "Can't write \(path): it's a symbolic link to what isn't there. Remove it, or give the file's own name.")
        } else {
            destination = path
        }
        guard !destination.isEmpty, destination.utf8.last != UInt8(ascii: "/"), !destination.utf8.contains(0) else {
            throw OsteonError(.outputFailed, "Can't write \"\(path)\": that's not the name of a file.")
        }
        folder = Paths.folder(of: destination)
    }

    /// The folders looked through already: once is enough for a process.
    private static let swept = Mutex<Set<String>>([])

    /// Removes what killed processes left in the folder.
    func sweep() {
        if Self.swept.withLock({ $0.insert(folder).inserted }) { Staging.sweep(folder) }
    }

    /// - Returns: false where this file system or system can't do it and a named file should be tried.
    func writeUnnamed(_ buffers: [SharedBytes]) throws(OsteonError) -> Bool {
        let temporary: Int32 = O_DIRECTORY | 0o20000000  // O_TMPFILE, a macro Swift doesn't see
        let descriptor = calls.open(folder, temporary | O_WRONLY | O_CLOEXEC)
        if descriptor < 0, [EISDIR, EOPNOTSUPP, EINVAL].contains(errno) { return false }
        guard descriptor >= 0 else { throw failure() }
        defer { _ = calls.close(descriptor) }
        try fill(descriptor, buffers)
        _ = Staging.lock(descriptor)
        let partial = partialName()
        guard calls.link(descriptor, partial) == 0 else {
            if errno == ENOENT || errno == EOPNOTSUPP { return false }  // no /proc
            throw failure()
        }
        try publish(partial)
        return true
    }

    func writeNamed(_ buffers: [SharedBytes]) throws(OsteonError) {
        var partial: String
        var descriptor: Int32
        repeat {
            partial = partialName()
            descriptor = calls.open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure() }
        } while !locked(descriptor)
        // Holds the lock until the file has its name; closing the other reports late errors before.
        let keeper = dup(descriptor)
        defer { if keeper >= 0 { Glibc.close(keeper) } }
        do {
            try fill(descriptor, buffers)
        } catch {
            _ = calls.close(descriptor)
            SystemCalls.unlink(partial)
            throw error
        }
        guard calls.close(descriptor) == 0 else {
            let error = failure()
            SystemCalls.unlink(partial)
            throw error
        }
        try publish(partial)
    }

    private func locked(_ descriptor: Int32) -> Bool {
        if Staging.lock(descriptor) { return true }
        _ = calls.close(descriptor)
        return false
    }

    private func partialName() -> String { "\(folder)/\(Staging.name())\(Staging.fileSuffix)" }

    private func fill(_ descriptor: Int32, _ buffers: [SharedBytes]) throws(OsteonError) {
        let largest = 1 << 30
        var pending = buffers.filter { $0.count > 0 }[...]
        var done = 0  // bytes of the first pending buffer that are written
        while !pending.isEmpty {
            var parts: [SharedBytes] = []
            for buffer in pending.prefix(SystemCalls.mostParts) {
                let part = parts.isEmpty ? buffer.extracting(done...) : buffer
                parts.append(part.extracting(..<min(part.count, largest)))
                if part.count > largest { break }
            }
            var written = calls.write(descriptor, parts)
            if written < 0, errno == EINTR { continue }
            if written == 0 { errno = EIO }
            guard written > 0 else { throw failure() }
            while let first = pending.first, written >= first.count - done {
                written -= first.count - done
                done = 0
                pending.removeFirst()
            }
            done += written
        }
        guard calls.sync(descriptor) == 0 else { throw failure() }
    }

    private func publish(_ partial: String) throws(OsteonError) {
        do { try InputWatch.check() } catch {
            SystemCalls.unlink(partial)
            throw error
        }
        guard calls.rename(partial, destination) == 0 else {
            let error = failure()
            SystemCalls.unlink(partial)
            throw error
        }
        let parent = calls.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return }  // a folder one may write but not read
        let synced = calls.sync(parent)
        let reason = errno
        _ = calls.close(parent)
        guard synced == 0 || reason == EINVAL else {
            errno = reason
            throw failure()
        }
    }

    private func failure() -> OsteonError { OutputPaths.failure(path, errno) }
}
