import CCrypto

/// A SHA-1 checksum (FIPS 180-4), where a format asks for one: it detects damage, not an attack.
package struct SHA1Digest: Hashable, Sendable {
    /// The 20 bytes.
    package let bytes: [UInt8]

    /// - Throws: `.unsupported` where this machine's libcrypto is restricted to algorithms without SHA-1.
    package init(of buffer: SharedBytes) throws(OsteonError) {
        guard let hash = unsafe MessageDigest(EVP_sha1) else {
            throw OsteonError(.unsupported, "The SHA-1 checksum can't be checked: this machine's libcrypto doesn't offer SHA-1.")
        }
        hash.update(buffer.span)
        bytes = hash.finish()
    }

    /// 40 lower-case hexadecimal digits.
    package var hexadecimal: String { SHA256Digest.hexadecimal(bytes) }
}
