import Crypto
import Foundation

/// A private Ed25519 key (RFC 8032), which makes signatures.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// A new key from the system's random numbers.
    public init() { key = Curve25519.Signing.PrivateKey() }

    /// The key whose 32 bytes these are.
    /// - Throws: `.malformed` where there aren't 32.
    public init(bytes: [UInt8]) throws(OsteonError) {
        do { key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes) } catch {
            throw OsteonError(.malformed, "An Ed25519 private key has 32 bytes, not \(bytes.count).")
        }
    }

    /// The key in a PEM file: PKCS #8 (RFC 8410), as `openssl genpkey -algorithm ed25519` writes it.
    /// - Throws: `.malformed`; `.unsupported` for a key of another kind or one that's encrypted.
    public init(pem text: String) throws(OsteonError) {
        try self.init(bytes: KeyCoding.privateKey(PEM(text)))
    }

    /// The key in the file at `path`.
    public static func open(_ path: String) throws(OsteonError) -> SigningKey {
        try locating(path) { () throws(OsteonError) in try SigningKey(pem: KeyCoding.text(path)) }
    }

    public var pem: String { PEM(label: PEM.privateLabel, bytes: KeyCoding.encoded(privateKey: Array(key.rawRepresentation))).text }

    public var verifyingKey: VerifyingKey { VerifyingKey(key.publicKey) }

    /// The 64 bytes of the signature of `message`; the same message gives the same signature.
    public func signature(of message: [UInt8]) throws(OsteonError) -> [UInt8] {
        do { return Array(try key.signature(for: message)) } catch {
            throw OsteonError(.internalFault, "Signing failed: \(error).")
        }
    }
}

/// A public Ed25519 key, which checks signatures.
public struct VerifyingKey: Sendable, Hashable {
    /// The 32 bytes of the key.
    public let bytes: [UInt8]

    init(_ key: Curve25519.Signing.PublicKey) { bytes = Array(key.rawRepresentation) }

    /// The key whose 32 bytes these are.
    /// - Throws: `.malformed` where they are none.
    public init(bytes: [UInt8]) throws(OsteonError) {
        guard bytes.count == 32, (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil else {
            throw OsteonError(.malformed, "An Ed25519 public key has 32 bytes, not \(bytes.count).")
        }
        self.bytes = bytes
    }

    /// The key in a PEM file: SubjectPublicKeyInfo (RFC 8410), as `openssl pkey -pubout` writes it.
    /// - Throws: `.malformed`; `.unsupported` for a key of another kind.
    public init(pem text: String) throws(OsteonError) {
        try self.init(bytes: KeyCoding.publicKey(PEM(text)))
    }

    /// The key in the file at `path`.
    public static func open(_ path: String) throws(OsteonError) -> VerifyingKey {
        try locating(path) { () throws(OsteonError) in try VerifyingKey(pem: KeyCoding.text(path)) }
    }

    public var pem: String { PEM(label: PEM.publicLabel, bytes: KeyCoding.encoded(publicKey: bytes)).text }

    /// The SHA-256 of the key's SubjectPublicKeyInfo, as people compare it: 64 hexadecimal digits.
    public var fingerprint: String { SHA256Digest(of: KeyCoding.encoded(publicKey: bytes)).hexadecimal }

    /// Whether `signature` is this key's signature of `message`.
    public func accepts(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
        return key.isValidSignature(signature, for: message)
    }
}
