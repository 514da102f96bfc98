import Bytes
import Foundation

/// SHA-256 of the files a model was read from, taken in the background: reading and hashing are both bound by memory,
/// and an import leaves a core idle.
final class SourceHashes: @unchecked Sendable {
    struct Entry {
        /// Without folders: a native file says nothing about the machine it was made on.
        var name: String
        var byteCount: Int
        var digest: SHA256Digest
    }

    private let finished = DispatchGroup()
    private var known: [String: Result<Entry, OsteonError>] = [:]

    /// Starts with these files.
    init(_ paths: [String]) {
        DispatchQueue.global().async(group: finished) {
            for path in paths { self.known[path] = Self.entry(path) }
        }
    }

    /// The entries of `paths`, waiting for what's started and hashing the rest now.
    func entries(of paths: [String]) throws(OsteonError) -> [Entry] {
        finished.wait()
        var result: [Entry] = []
        for path in paths { result.append(try (known[path] ?? Self.entry(path)).get()) }
        return result
    }

    private static func entry(_ path: String) -> Result<Entry, OsteonError> {
        Result { () throws(OsteonError) in
            let file = try MappedFile(path: path)
            return withExtendedLifetime(file) {
                Entry(name: (path as NSString).lastPathComponent, byteCount: file.count, digest: SHA256Digest(of: file.bytes))
            }
        }
    }
}
