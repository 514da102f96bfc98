/// Ed25519 keys in DER, as RFC 8410 has them.
enum KeyCoding {
    /// 1.3.101.112
    private static let algorithm: [UInt8] = [0x2B, 0x65, 0x70]
    /// `SEQUENCE { INTEGER 0, SEQUENCE { OID }, OCTET STRING { OCTET STRING { 32 bytes } } }`, up to the bytes.
    private static let privatePrefix: [UInt8] =
        [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03] + algorithm + [0x04, 0x22, 0x04, 0x20]
    /// `SEQUENCE { SEQUENCE { OID }, BIT STRING { 32 bytes } }`, up to the bytes.
    private static let publicPrefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03] + algorithm + [0x03, 0x21, 0x00]
    /// Key files are small.
    private static let largestFile = 1 << 16

    static func encoded(privateKey: [UInt8]) -> [UInt8] { privatePrefix + privateKey }
    static func encoded(publicKey: [UInt8]) -> [UInt8] { publicPrefix + publicKey }

    /// The text of a key file.
    static func text(_ path: String) throws(OsteonError) -> String {
        let file = try MappedFile(path: path)
        guard file.count <= largestFile else { throw OsteonError(.limitExceeded, "A key file of \(file.count) bytes isn't read.") }
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw OsteonError(.malformed, "A key file in PEM form is text.")
        }
        return text
    }

    static func privateKey(_ pem: PEM) throws(OsteonError) -> [UInt8] {
        switch pem.label {
        case PEM.privateLabel: break
        case PEM.publicLabel: throw OsteonError(.malformed, "This is a public key; signing takes the private one.")
        case "ENCRYPTED PRIVATE KEY":
            throw OsteonError(.unsupported, "The key is encrypted; `openssl pkey -in KEY -out PLAIN` decrypts it.")
        default:
            throw OsteonError(
                .unsupported, "A \(pem.label) isn't read; Ed25519 keys as PKCS #8 are (`openssl genpkey -algorithm ed25519`).")
        }
        var outer = DERReader(pem.bytes)
        var content = DERReader(try outer.content(of: .sequence))
        let version = try content.content(of: .integer)
        guard version == [0] || version == [1] else { throw OsteonError(.unsupported, "A private key of another version than 0 and 1.") }
        try checkAlgorithm(content.content(of: .sequence))
        var wrapped = DERReader(try content.content(of: .octetString))
        let key = try wrapped.content(of: .octetString)
        // Attributes and a copy of the public key may follow in the sequence; nothing may behind it.
        guard key.count == 32, wrapped.isAtEnd, outer.isAtEnd, version == [1] || content.isAtEnd else {
            throw OsteonError(.malformed, "The private key isn't one of Ed25519.")
        }
        return key
    }

    static func publicKey(_ pem: PEM) throws(OsteonError) -> [UInt8] {
        switch pem.label {
        case PEM.publicLabel: break
        case PEM.privateLabel, "ENCRYPTED PRIVATE KEY":
            throw OsteonError(.malformed, "This is a private key; `openssl pkey -in KEY -pubout` gives the public one.")
        default:
            throw OsteonError(.unsupported, "A \(pem.label) isn't read; Ed25519 keys as SubjectPublicKeyInfo are (`openssl pkey -pubout`).")
        }
        var outer = DERReader(pem.bytes)
        var content = DERReader(try outer.content(of: .sequence))
        try checkAlgorithm(content.content(of: .sequence))
        let bits = try content.content(of: .bitString)
        guard bits.count == 33, bits[0] == 0, content.isAtEnd, outer.isAtEnd else {
            throw OsteonError(.malformed, "The public key isn't one of Ed25519.")
        }
        return Array(bits.dropFirst())
    }

    private static func checkAlgorithm(_ bytes: [UInt8]) throws(OsteonError) {
        var content = DERReader(bytes)
        let identifier = try content.content(of: .objectIdentifier)
        guard identifier == algorithm else {
            let known: [([UInt8], String)] = [
                ([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01], "RSA"),
                ([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01], "elliptic-curve (ECDSA)"),
                ([0x2B, 0x65, 0x71], "Ed448"), ([0x2B, 0x65, 0x6E], "X25519"), ([0x2B, 0x65, 0x6F], "X448"),
            ]
            let name = known.first { $0.0 == identifier }?.1 ?? "foreign"
            throw OsteonError(
                .unsupported,
                """
                It's \(name == "foreign" ? "a foreign" : "an \(name)") key; signatures take Ed25519 keys (`openssl genpkey \
                -algorithm ed25519`).
                """
            )
        }
        guard content.isAtEnd else { throw OsteonError(.malformed, "An Ed25519 key has no parameters.") }
    }
}

/// Reads DER (ITU-T X.690): one value after the other, of definite length.
struct DERReader {
    enum Tag: UInt8 {
        case integer = 0x02
        case bitString = 0x03
        case octetString = 0x04
        case objectIdentifier = 0x06
        case sequence = 0x30
    }

    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var isAtEnd: Bool { bytes.isEmpty }

    /// What's in the next value, which must have this tag.
    mutating func content(of tag: Tag) throws(OsteonError) -> [UInt8] {
        guard let found = bytes.popFirst(), let first = bytes.popFirst() else { throw OsteonError(.malformed, "The key is cut short.") }
        guard found == tag.rawValue else { throw OsteonError(.malformed, "The key isn't in the form of its kind.") }
        var length = Int(first)
        if first >= 0x80 {
            // Long form: so many bytes of length; keys are short.
            guard (0x81...0x82).contains(first), bytes.count >= Int(first & 0x7F) else {
                throw OsteonError(.malformed, "The key is cut short.")
            }
            length = 0
            for _ in 0..<Int(first & 0x7F) { length = length << 8 | Int(bytes.removeFirst()) }
        }
        guard length <= bytes.count else { throw OsteonError(.malformed, "The key is cut short.") }
        defer { bytes = bytes.dropFirst(length) }
        return Array(bytes.prefix(length))
    }
}
