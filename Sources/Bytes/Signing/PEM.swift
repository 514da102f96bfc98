import FoundationEssentials
import Glibc

/// Text armour around bytes (RFC 7468): `-----BEGIN label-----`, base 64, `-----END label-----`.
struct PEM {
    static let privateLabel = "PRIVATE KEY", publicLabel = "PUBLIC KEY"

    var label: String
    var bytes: [UInt8]

    init(label: String, bytes: [UInt8]) {
        self.label = label
        self.bytes = bytes
    }

    /// The first block in `text`; what stands around it is ignored.
    /// - Throws: `.malformed` where there's none.
    init(_ text: String) throws(OsteonError) {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmed }
        guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") && $0.hasSuffix("-----") }) else {
            throw OsteonError(.malformed, "No key in PEM form: a line -----BEGIN … KEY----- is missing.")
        }
        let label = String(lines[begin].dropFirst("-----BEGIN ".count).dropLast("-----".count))
        guard let end = lines[begin...].firstIndex(of: "-----END \(label)-----") else {
            throw OsteonError(.malformed, "The key is cut short: the line -----END \(label)----- is missing.")
        }
        let content = lines[(begin + 1)..<end].joined()
        // A block in another form (headers of an old encrypted key) is recognised by its label alone.
        self.label = label
        guard let data = Data(base64Encoded: content) else {
            guard label != Self.privateLabel, label != Self.publicLabel else { throw OsteonError(.malformed, "The key isn't base 64.") }
            bytes = []
            return
        }
        bytes = Array(data)
    }

    var text: String {
        let content = Array(Data(bytes).base64EncodedString())
        let lines = stride(from: 0, to: content.count, by: 64).map { String(content[$0..<min($0 + 64, content.count)]) }
        return (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----"]).joined(separator: "\n") + "\n"
    }
}
