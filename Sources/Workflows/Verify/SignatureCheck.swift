import Bytes
import Container
import GraphIR

/// The signature of a native file, which fits it.
package struct SignatureCheck: Sendable {
    /// SHA-256 of the public key, as people compare it.
    package var fingerprint: String
    /// Whether that key was asked for; without one, the signature proves only that nothing was changed since.
    package var isKeyKnown: Bool

    /// Checks that `model` is signed, by `key` where one is given.
    /// - Throws: `.usage` for a model that isn't a native file; `.verificationFailed` where it isn't signed or by another key.
    ///   (A signature that doesn't fit the file's bytes is refused when it's opened.)
    package init(_ model: Model, by key: VerifyingKey?) throws(OsteonError) {
        guard let file = model.native else {
            throw OsteonError(.usage, "Only an .osteon file can be signed; \(model.path) is \(model.format.title).")
        }
        guard let signature = file.signature else { throw OsteonError(.verificationFailed, "\(model.path) isn't signed.") }
        fingerprint = signature.publicKey.fingerprint
        isKeyKnown = key != nil
        if let key, key != signature.publicKey {
            throw OsteonError(
                .verificationFailed,
                "\(model.path) is signed by another key: \(fingerprint.prefix(16))…, not \(key.fingerprint.prefix(16))….")
        }
    }

    package var json: JSONValue {
        .record([("algorithm", .string("ed25519")), ("fingerprint", .string(fingerprint)), ("key_known", .bool(isKeyKnown))])
    }
}

/// A signature that was made.
package struct SigningReport: Sendable {
    package var file: String
    /// SHA-256 of the public key.
    package var fingerprint: String
    /// Whether the file had a signature before.
    package var isReplaced: Bool

    /// Signs the native file at `source` and writes it to `destination`, which may be the same.
    package init(_ source: String, with key: SigningKey, to destination: String) throws(OsteonError) {
        file = destination
        fingerprint = key.verifyingKey.fingerprint
        isReplaced = try NativeSigner.sign(source, with: key, to: destination)
    }

    package var json: JSONValue {
        .record([
            ("schema", "osteon.sign.1"), ("file", .string(file)), ("fingerprint", .string(fingerprint)), ("replaced", .bool(isReplaced)),
        ])
    }
}
