import Bytes

/// Keys on disk.
package enum KeyFiles {
    /// A pair that was made.
    package struct Pair: Sendable {
        package var privatePath: String
        package var publicPath: String
        /// SHA-256 of the public key.
        package var fingerprint: String

        package var json: JSONValue {
            .record([
                ("schema", "osteon.sign.1"), ("private_key", .string(privatePath)), ("public_key", .string(publicPath)),
                ("fingerprint", .string(fingerprint)),
            ])
        }
    }

    /// Makes a pair of keys: `PREFIX.pem`, which only its owner may read, and `PREFIX.pub.pem`.
    /// - Throws: `.outputFailed` where either is there already: a key is never overwritten.
    package static func generate(_ prefix: String) throws(OsteonError) -> Pair {
        let privatePath = prefix + ".pem"
        let publicPath = prefix + ".pub.pem"
        try OutputPaths.check([privatePath, publicPath])
        func isThere(_ path: String) -> OsteonError { OsteonError(.outputFailed, "\(path) is there already; a key isn't overwritten.") }
        for path in [privatePath, publicPath] where FileStatus.exists(path) { throw isThere(path) }
        let key = try SigningKey()
        guard try AtomicFile.write(new: Array(key.pem.utf8), to: privatePath, isSecret: true) else { throw isThere(privatePath) }
        guard try AtomicFile.write(new: Array(key.verifyingKey.pem.utf8), to: publicPath) else { throw isThere(publicPath) }
        return Pair(privatePath: privatePath, publicPath: publicPath, fingerprint: key.verifyingKey.fingerprint)
    }

    /// - Throws: `.usage` where the file at `path` is a key, which mustn't be written over.
    package static func refuse(_ path: String) throws(OsteonError) {
        let opening = Array("-----BEGIN ".utf8)
        guard FileStatus.opening(path, count: opening.count) == opening else { return }
        throw OsteonError(.usage, "\(path) is a key; it would be written over. Give another name.")
    }

    /// Whether others than its owner may read the file.
    package static func isReadableByOthers(_ path: String) -> Bool { FileStatus.permissions(path).map { $0 & 0o077 != 0 } ?? false }
}
