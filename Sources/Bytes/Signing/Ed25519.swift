import CCrypto

/// Ed25519 (RFC 8032) by libcrypto, on raw keys.
enum Ed25519 {
    static let keyLength = 32
    static let signatureLength = 64

    /// A new private key from libcrypto's random numbers, which the system's seed; nil where there are none.
    static func randomKey() -> [UInt8]? {
        CryptoLibrary.prepare()
        guard let context = unsafe EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil) else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1, unsafe EVP_PKEY_keygen(context, &key) == 1 else { return nil }
        defer { unsafe EVP_PKEY_free(key) }
        return unsafe raw { unsafe EVP_PKEY_get_raw_private_key(key, $0, $1) }
    }

    /// The public key of a private one; nil where that isn't a key.
    static func publicKey(of privateKey: [UInt8]) -> [UInt8]? {
        unsafe withKey(privateKey, EVP_PKEY_new_raw_private_key) { key in unsafe raw { unsafe EVP_PKEY_get_raw_public_key(key, $0, $1) } }
    }

    static func isPublicKey(_ bytes: [UInt8]) -> Bool { unsafe withKey(bytes, EVP_PKEY_new_raw_public_key) { _ in true } ?? false }

    /// The signature of `message`, always the same; nil where libcrypto refuses.
    static func signature(of message: [UInt8], privateKey: [UInt8]) -> [UInt8]? {
        unsafe withContext(of: privateKey, EVP_PKEY_new_raw_private_key) { (key, context) -> [UInt8]? in
            guard unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1 else { return nil }
            var signature = [UInt8](repeating: 0, count: signatureLength)
            var count = signature.count
            guard unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == signatureLength else {
                return nil
            }
            return signature
        }
    }

    static func isValid(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        unsafe withContext(of: publicKey, EVP_PKEY_new_raw_public_key) { (key, context) -> Bool in
            guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
            return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        } ?? false
    }

    /// libcrypto's functions that make a key of raw bytes.
    private typealias Opening = (Int32, OpaquePointer?, UnsafePointer<UInt8>?, Int) -> OpaquePointer?

    /// Opens a key for `body`; nil where the bytes aren't one.
    private static func withKey<Result>(_ bytes: [UInt8], _ open: Opening, _ body: (OpaquePointer) -> Result?) -> Result? {
        CryptoLibrary.prepare()
        guard let key = unsafe open(EVP_PKEY_ED25519, nil, bytes, bytes.count) else { return nil }
        defer { unsafe EVP_PKEY_free(key) }
        return unsafe body(key)
    }

    /// The same, with a context to sign or to check in.
    private static func withContext<Result>(
        of bytes: [UInt8], _ open: Opening, _ body: (_ key: OpaquePointer, _ context: OpaquePointer) -> Result?
    ) -> Result? {
        unsafe withKey(bytes, open) { key in
            guard let context = unsafe EVP_MD_CTX_new() else { return nil }
            defer { unsafe EVP_MD_CTX_free(context) }
            return unsafe body(key, context)
        }
    }

    private static func raw(_ read: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?) -> Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: keyLength)
        var count = bytes.count
        let isRead = unsafe bytes.withUnsafeMutableBufferPointer { unsafe read($0.baseAddress, &count) == 1 }
        return isRead && count == keyLength ? bytes : nil
    }
}
