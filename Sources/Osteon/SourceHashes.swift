import Bytes
import Container
import Foundation

/// SHA-256 of the files a model is read from, taken in the background: an import leaves a core idle.
final class SourceHashes: @unchecked Sendable {
    private let finished = DispatchGroup()
    private var known: [String: Result<Provenance.Source, OsteonError>] = [:]

    /// Starts with these files.
    init(_ paths: [String]) {
        DispatchQueue.global().async(group: finished) {
            for path in paths { self.known[path] = Self.entry(path) }
        }
    }

    /// The entries of `paths`, waiting for what's started and hashing the rest now.
    func entries(of paths: [String]) throws(OsteonError) -> [Provenance.Source] {
        finished.wait()
        var result: [Provenance.Source] = []
        for path in paths { result.append(try (known[path] ?? Self.entry(path)).get()) }
        return result
    }

    private static func entry(_ path: String) -> Result<Provenance.Source, OsteonError> {
        Result { () throws(OsteonError) in try Provenance.Source(path: path) }
    }
}
