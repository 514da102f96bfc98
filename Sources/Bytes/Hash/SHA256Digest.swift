import Synchronization

/// A SHA-256 checksum (FIPS 180-4).
package struct SHA256Digest: Hashable, Sendable {
    /// The 32 bytes.
    package let bytes: [UInt8]

    /// The digest of `buffers`, one after the other.
    package init(of buffers: [SharedBytes]) {
        let hash = MessageDigest.sha256()
        for buffer in buffers { hash.update(buffer.span) }
        bytes = hash.finish()
    }

    /// The digest of a whole file, which takes no more than a few megabytes of memory at a time.
    package init(of file: MappedFile) {
        let hash = MessageDigest.sha256()
        let step = 1 << 22
        let content = file.bytes
        for begin in stride(from: 0, to: file.count, by: step) {
            let end = min(file.count, begin + step)
            hash.update(content.span.extracting(begin..<end))
            file.release(before: end)
        }
        bytes = hash.finish()
    }

    package init(of bytes: SharedBytes) { self.init(of: bytes.span) }

    package init(of bytes: [UInt8]) { self.init(of: bytes.span) }

    private init(of bytes: Span<UInt8>) {
        let hash = MessageDigest.sha256()
        hash.update(bytes)
        self.bytes = hash.finish()
    }

    /// 64 lower-case hexadecimal digits.
    package var hexadecimal: String { Self.hexadecimal(bytes) }

    /// Two lower-case hexadecimal digits a byte.
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether `text` is such a digest: 64 lower-case hexadecimal digits.
    package static func isHexadecimal(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// The digest of each buffer, computed on up to `threads` threads.
    package static func each(of buffers: [SharedBytes], threads: Int = 2) -> [SHA256Digest] {
        let work = HashWork(buffers)
        let threads = min(threads, ThreadLimit.count ?? .max, buffers.count, max(1, buffers.reduce(0) { $0 + $1.count } >> 18))
        let others = (1..<max(1, threads)).map { _ in BackgroundWork { work.run() } }
        work.run()
        for other in others { other.wait() }
        return work.results.withLock { $0.compactMap { $0 } }
    }
}

/// Buffers assigned to threads, the largest first.
private final class HashWork: @unchecked Sendable {
    private let buffers: [SharedBytes]
    private let order: [Int]
    private let next = Mutex(0)
    let results: Mutex<[SHA256Digest?]>

    init(_ buffers: [SharedBytes]) {
        self.buffers = buffers
        order = buffers.indices.sorted { buffers[$0].count > buffers[$1].count }
        results = Mutex(Array(repeating: nil, count: buffers.count))
    }

    func run() {
        while true {
            let turn = next.withLock { turn in
                turn += 1
                return turn - 1
            }
            guard turn < order.count else { return }
            let digest = SHA256Digest(of: buffers[order[turn]])
            results.withLock { $0[order[turn]] = digest }
        }
    }
}
