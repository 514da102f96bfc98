/// A private Ed25519 key (RFC 8032), which makes signatures.
package struct SigningKey: Sendable {
    private let bytes: [UInt8]
    package let verifyingKey: VerifyingKey

    /// A new key from the system's random numbers.
    /// - Throws: `.internalFault` where there are none.
    package init() throws(OsteonError) {
        guard let bytes = Ed25519.randomKey() else { throw OsteonError(.internalFault, "libcrypto couldn't make a key.") }
        try self.init(bytes: bytes)
    }

    /// The key whose 32 bytes these are.
    /// - Throws: `.malformed` where there aren't 32.
    package init(bytes: [UInt8]) throws(OsteonError) {
        guard bytes.count == Ed25519.keyLength, let verifying = Ed25519.publicKey(of: bytes) else {
            throw OsteonError(.malformed, "An Ed25519 private key has 32 bytes, not \(bytes.count).")
        }
        self.bytes = bytes
        verifyingKey = try VerifyingKey(bytes: verifying)
    }

    /// The key in a PEM file: PKCS #8 (RFC 8410), as `openssl genpkey -algorithm ed25519` writes it.
    /// - Throws: `.malformed`; `.unsupported` for a key of another kind or one that's encrypted.
    package init(pem text: String) throws(OsteonError) {
        try self.init(bytes: KeyCoding.privateKey(PEM(text)))
    }

    /// The key in the file at `path`.
    package static func open(_ path: String) throws(OsteonError) -> SigningKey {
        try locating(path) { () throws(OsteonError) in try SigningKey(pem: KeyCoding.text(path)) }
    }

    package var pem: String { PEM(label: PEM.privateLabel, bytes: KeyCoding.encoded(privateKey: bytes)).text }

    /// The 64 bytes of the signature of `message`; the same message gives the same signature.
    package func signature(of message: [UInt8]) throws(OsteonError) -> [UInt8] {
        guard let signature = Ed25519.signature(of: message, privateKey: bytes) else {
            throw OsteonError(.internalFault, "libcrypto couldn't sign.")
        }
        return signature
    }
}

/// A public Ed25519 key, which checks signatures.
package struct VerifyingKey: Sendable, Hashable {
    /// The 32 bytes of the key.
    package let bytes: [UInt8]

    /// The key whose 32 bytes these are.
    /// - Throws: `.malformed` where they are none, or a point of small order, under which one signature fits many messages.
    package init(bytes: [UInt8]) throws(OsteonError) {
        guard bytes.count == Ed25519.keyLength, Ed25519.isPublicKey(bytes) else {
            throw OsteonError(.malformed, "An Ed25519 public key has 32 bytes, not \(bytes.count).")
        }
        guard !SmallOrderPoints.contains(bytes) else {
            throw OsteonError(
                .malformed,
                "The public key is a point of small order: one signature would fit many messages. No generator makes such a key.")
        }
        self.bytes = bytes
    }

    /// The key in a PEM file: SubjectPublicKeyInfo (RFC 8410), as `openssl pkey -pubout` writes it.
    /// - Throws: `.malformed`; `.unsupported` for a key of another kind.
    package init(pem text: String) throws(OsteonError) {
        try self.init(bytes: KeyCoding.publicKey(PEM(text)))
    }

    /// The key in the file at `path`.
    package static func open(_ path: String) throws(OsteonError) -> VerifyingKey {
        try locating(path) { () throws(OsteonError) in try VerifyingKey(pem: KeyCoding.text(path)) }
    }

    package var pem: String { PEM(label: PEM.publicLabel, bytes: KeyCoding.encoded(publicKey: bytes)).text }

    /// The SHA-256 of the key's SubjectPublicKeyInfo, as people compare it: 64 hexadecimal digits.
    package var fingerprint: String { SHA256Digest(of: KeyCoding.encoded(publicKey: bytes)).hexadecimal }

    /// Whether `signature` is this key's signature of `message`.
    package func accepts(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        Ed25519.isValid(signature, of: message, publicKey: bytes)
    }
}
