import Bytes
import Glibc

/// Keys on disk.
package enum KeyFiles {
    /// Makes a pair of keys: `PREFIX.pem`, which only its owner may read, and `PREFIX.pub.pem`.
    /// - Throws: `.outputFailed` where either is there already: a key is never overwritten.
    package static func generate(_ prefix: String) throws(OsteonError) -> (privatePath: String, publicPath: String, fingerprint: String) {
        let privatePath = prefix + ".pem"
        let publicPath = prefix + ".pub.pem"
        try OutputPaths.check([privatePath, publicPath])
        func isThere(_ path: String) -> OsteonError { OsteonError(.outputFailed, "\(path) is there already; a key isn't overwritten.") }
        for path in [privatePath, publicPath] where FileStatus.exists(path) { throw isThere(path) }
        let key = try SigningKey()
        guard try AtomicFile.write(new: Array(key.pem.utf8), to: privatePath, isSecret: true) else { throw isThere(privatePath) }
        guard try AtomicFile.write(new: Array(key.verifyingKey.pem.utf8), to: publicPath) else { throw isThere(publicPath) }
        return (privatePath, publicPath, key.verifyingKey.fingerprint)
    }

    /// Whether others than its owner may read the file.
    package static func isReadableByOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }
}
