import Synchronization

/// The SHA-256 of mapped files, each computed once, on a thread of its own where that's asked for: an import leaves a core idle.
package final class FileDigests: Sendable {
    /// What the thread writes to; it doesn't keep the rest alive.
    private final class Results: Sendable {
        struct Entry: Sendable {
            /// Keeps the object that identifies the entry.
            let file: MappedFile
            /// nil while it's being computed.
            var digest: Result<SHA256Digest, OsteonError>?
        }

        let entries = Mutex<[ObjectIdentifier: Entry]>([:])

        func compute(_ file: MappedFile) -> Result<SHA256Digest, OsteonError> {
            let digest = Result { () throws(OsteonError) in
                try file.settled { () throws(OsteonError) in SHA256Digest(of: file) }
            }
            entries.withLock { $0[ObjectIdentifier(file)] = Entry(file: file, digest: digest) }
            return digest
        }
    }

    private let results = Results()
    private let work = Mutex<[BackgroundWork]>([])

    /// Starts with those of `files` that haven't been started yet.
    package func begin(_ files: [MappedFile]) {
        var new: [MappedFile] = []
        results.entries.withLock { entries in
            for file in files where entries[ObjectIdentifier(file)] == nil {
                entries[ObjectIdentifier(file)] = Results.Entry(file: file)
                new.append(file)
            }
        }
        guard !new.isEmpty else { return }
        let started = BackgroundWork { [results, new] in
            for file in new { _ = results.compute(file) }
        }
        work.withLock { $0.append(started) }
    }

    /// The digest of what the mapping shows; waits for what has been started.
    /// - Throws: `.unreadable` where the file was written to since it was mapped.
    package func digest(of file: MappedFile) throws(OsteonError) -> SHA256Digest {
        work.withLock { work in
            for started in work { started.wait() }
            work = []
        }
        if let known = results.entries.withLock({ $0[ObjectIdentifier(file)]?.digest }) { return try known.get() }
        return try results.compute(file).get()
    }
}
