import Bytes
import Container

/// SHA-256 of the files a model is read from, taken in the background: an import leaves a core idle.
final class SourceHashes: @unchecked Sendable {
    private let work: BackgroundWork
    private let known: Known

    private final class Known: @unchecked Sendable {
        var entries: [String: Result<Provenance.Source, OsteonError>] = [:]
    }

    /// Starts with these files.
    init(_ paths: [String]) {
        let known = Known()
        self.known = known
        work = BackgroundWork {
            for path in paths { known.entries[path] = Self.entry(path) }
        }
    }

    /// The entries of `paths`, waiting for what's started and hashing the rest now.
    func entries(of paths: [String]) throws(OsteonError) -> [Provenance.Source] {
        work.wait()
        var result: [Provenance.Source] = []
        for path in paths { result.append(try (known.entries[path] ?? Self.entry(path)).get()) }
        return result
    }

    private static func entry(_ path: String) -> Result<Provenance.Source, OsteonError> {
        Result { () throws(OsteonError) in try Provenance.Source(path: path) }
    }
}
