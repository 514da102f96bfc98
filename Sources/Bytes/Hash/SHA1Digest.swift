import Crypto

/// A SHA-1 checksum (FIPS 180-4), where a format asks for one: it tells damage, not an attack.
public struct SHA1Digest: Hashable, Sendable {
    /// The 20 bytes.
    public let bytes: [UInt8]

    public init(of buffer: UnsafeRawBufferPointer) {
        var hash = Insecure.SHA1()
        hash.update(bufferPointer: buffer)
        bytes = Array(hash.finalize())
    }

    /// 40 lower-case hexadecimal digits.
    public var hexadecimal: String { SHA256Digest.hexadecimal(bytes) }
}
