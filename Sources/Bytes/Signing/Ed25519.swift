import CCrypto

/// Ed25519 (RFC 8032) by libcrypto, on raw keys.
enum Ed25519 {
    static let keyLength = 32
    static let signatureLength = 64

    /// A new private key from libcrypto's random numbers, which the system's seed; nil where there are none.
    static func randomKey() -> [UInt8]? {
        CryptoLibrary.prepare()
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_keygen(context, &key) == 1 else { return nil }
        defer { EVP_PKEY_free(key) }
        return raw { EVP_PKEY_get_raw_private_key(key, $0, $1) }
    }

    /// The public key of a private one; nil where that isn't a key.
    static func publicKey(of privateKey: [UInt8]) -> [UInt8]? {
        CryptoLibrary.prepare()
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, privateKey, privateKey.count) else { return nil }
        defer { EVP_PKEY_free(key) }
        return raw { EVP_PKEY_get_raw_public_key(key, $0, $1) }
    }

    static func isPublicKey(_ bytes: [UInt8]) -> Bool {
        CryptoLibrary.prepare()
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else { return false }
        EVP_PKEY_free(key)
        return true
    }

    /// The signature of `message`, always the same; nil where libcrypto refuses.
    static func signature(of message: [UInt8], privateKey: [UInt8]) -> [UInt8]? {
        CryptoLibrary.prepare()
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, privateKey, privateKey.count) else { return nil }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1 else { return nil }
        var signature = [UInt8](repeating: 0, count: signatureLength)
        var count = signature.count
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == signatureLength else { return nil }
        return signature
    }

    static func isValid(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        CryptoLibrary.prepare()
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count) else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    private static func raw(_ read: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?) -> Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: keyLength)
        var count = bytes.count
        let isRead = bytes.withUnsafeMutableBufferPointer { read($0.baseAddress, &count) == 1 }
        return isRead && count == keyLength ? bytes : nil
    }
}
