import CCrypto

/// libcrypto, made ready once.
enum CryptoLibrary {
    /// Without its handler at exit, which frees what a digest on another thread may be using just then.
    private static let isReady = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1

    /// To be called before any other function of libcrypto.
    static func prepare() { precondition(isReady, "libcrypto can't be initialised") }
}

/// A hash being computed by libcrypto.
@safe struct MessageDigest: ~Copyable {
    private let context: OpaquePointer

    /// Nil where this machine's libcrypto doesn't offer the algorithm.
    init?(_ algorithm: () -> OpaquePointer?) {
        CryptoLibrary.prepare()
        guard let context = unsafe EVP_MD_CTX_new() else { return nil }
        guard unsafe EVP_DigestInit_ex(context, algorithm(), nil) == 1 else {
            unsafe EVP_MD_CTX_free(context)
            return nil
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// SHA-256, which every libcrypto offers.
    static func sha256() -> MessageDigest {
        guard let digest = unsafe MessageDigest(EVP_sha256) else { fatalError("libcrypto has no SHA-256 or no memory for it") }
        return digest
    }

    func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { _ = unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    }

    /// The digest of all bytes given so far.
    consuming func finish() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        unsafe EVP_DigestFinal_ex(context, &bytes, &count)
        return Array(bytes.prefix(Int(count)))
    }
}
