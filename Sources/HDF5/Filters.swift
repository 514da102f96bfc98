import Bytes
import Tensors

/// The filters a chunk went through when it was written, undone from the last to the first.
struct FilterPipeline {
    enum Filter {
        case deflate
        case shuffle(elementSize: Int)
        case fletcher32
        /// Named for the message that refuses it.
        case unknown(String)
    }

    let filters: [Filter]

    static let none = FilterPipeline(filters: [])

    private init(filters: [Filter]) { self.filters = filters }

    /// The filter message, versions 1 and 2.
    init(_ cursor: inout Cursor) throws(OsteonError) {
        let start = cursor.position
        let version = try cursor.byte()
        let count = try cursor.byte()
        guard version == 1 || version == 2 else {
            throw OsteonError(.unsupported, "Filter message version \(version) isn't supported (1 and 2 are).", offset: start)
        }
        guard count <= 32 else { throw OsteonError(.malformed, "\(count) filters (32 at most).", offset: start) }
        if version == 1 { try cursor.skip(6) }
        var filters: [Filter] = []
        for _ in 0..<count {
            let identifier = try cursor.unsigned(2)
            let nameSize = version == 1 || identifier >= 256 ? try cursor.unsigned(2) : 0
            try cursor.skip(2)
            let valueCount = try cursor.unsigned(2)
            let name = try cursor.name(version == 1 ? Checked.roundUp(nameSize, to: 8) : nameSize)
            var values: [Int] = []
            for _ in 0..<valueCount { values.append(try cursor.unsigned(4)) }
            if version == 1, valueCount % 2 == 1 { try cursor.skip(4) }
            switch identifier {
            case 1: filters.append(.deflate)
            case 2: filters.append(.shuffle(elementSize: values.first ?? 1))
            case 3: filters.append(.fletcher32)
            default:
                let known = [4: "szip", 5: "n-bit", 6: "scale-offset", 32000: "LZF"]
                filters.append(.unknown("\(known[identifier] ?? (name.isEmpty ? "unknown" : name)) (\(identifier))"))
            }
        }
        self.filters = filters
    }

    /// Undoes the filters that `mask` doesn't exclude.
    /// - Parameters:
    ///   - input: the chunk as it's stored.
    ///   - size: bytes of the chunk before any filter.
    ///   - buffers: two of at least `bufferSize(size)` bytes.
    /// - Returns: the chunk's bytes, in `input` or one of the buffers.
    func undo(
        _ input: SharedBytes, mask: Int, size: Int, buffers: (CountedBlock, CountedBlock)
    ) throws(OsteonError) -> SharedBytes {
        let applied = filters.indices.filter { mask >> $0 & 1 == 0 }
        // What each filter was given, as far as it's known: after a deflation it isn't.
        var sizes: [Int?] = []
        var next: Int? = size
        for index in applied {
            sizes.append(next)
            switch filters[index] {
            case .deflate: next = nil
            case .fletcher32: next = next.map { $0 + 4 }
            case .shuffle: break
            case .unknown(let name):
                throw OsteonError(.unsupported, "Chunks with the filter \(name) can't be read (deflate, shuffle and fletcher32 can).")
            }
        }
        var current = input
        var target = buffers.0
        var other = buffers.1
        for (index, size) in zip(applied, sizes).reversed() {
            switch filters[index] {
            case .deflate:
                guard let size else { throw OsteonError(.unsupported, "Chunks that were deflated twice can't be read.") }
                guard size <= Inflate.mostBytes(from: current.count) else {
                    throw OsteonError(.limitExceeded, "A chunk claims \(size) bytes out of \(current.count): a bomb or damage.")
                }
                var output = target.mutableBytes(size)
                try Inflate.zlib(current.span, into: &output)
                current = target.bytes.extracting(..<size)
                swap(&target, &other)
            case .shuffle(let elementSize):
                guard elementSize > 1, elementSize <= current.count else { break }
                guard current.count <= target.bytes.count else {
                    throw OsteonError(.malformed, "A chunk is stored with more bytes than it can have.")
                }
                var output = target.mutableBytes(current.count)
                Self.unshuffle(current.span, elementSize, into: &output)
                current = target.bytes.extracting(..<current.count)
                swap(&target, &other)
            case .fletcher32:
                guard current.count >= 4 else { throw OsteonError(.malformed, "A chunk is too short for its checksum.") }
                let data = current.extracting(..<(current.count - 4))
                let stored = UInt32(littleEndian: current.load(UInt32.self, at: data.count))
                guard fletcher32(data.span) == stored else {
                    throw OsteonError(.malformed, "The checksum of a chunk is wrong: the file is damaged.")
                }
                current = data
            case .unknown: break
            }
        }
        guard current.count == size else {
            throw OsteonError(.malformed, "A chunk has \(current.count) bytes where \(size) are needed.")
        }
        return current
    }

    /// The most bytes a chunk takes between two filters.
    func bufferSize(_ size: Int) throws(OsteonError) -> Int {
        try Checked.add(size, 4 * filters.count)
    }

    /// Byte k of every element was stored together; what doesn't fill an element follows as it is.
    private static func unshuffle(_ input: Span<UInt8>, _ width: Int, into output: inout MutableSpan<UInt8>) {
        precondition(input.count == output.count)
        let count = input.count / width
        for byte in 0..<width {
            var target = byte
            for source in byte * count..<(byte + 1) * count {
                output[target] = input[source]
                target += width
            }
        }
        for index in count * width..<input.count { output[index] = input[index] }
    }
}

/// Fletcher's checksum over big-endian words of 16 bits, the last one filled up with zero.
func fletcher32(_ bytes: Span<UInt8>) -> UInt32 {
    var first: UInt32 = 0
    var second: UInt32 = 0
    var position = 0
    let words = bytes.count / 2
    while position < words {
        // 360 words are the most that can't overflow.
        let end = min(position + 360, words)
        for word in position..<end {
            first &+= UInt32(bytes[2 * word]) << 8 | UInt32(bytes[2 * word + 1])
            second &+= first
        }
        position = end
        first = (first & 0xFFFF) &+ (first >> 16)
        second = (second & 0xFFFF) &+ (second >> 16)
    }
    if bytes.count % 2 == 1 {
        first &+= UInt32(bytes[bytes.count - 1]) << 8
        second &+= first
        first = (first & 0xFFFF) &+ (first >> 16)
        second = (second & 0xFFFF) &+ (second >> 16)
    }
    first = (first & 0xFFFF) &+ (first >> 16)
    second = (second & 0xFFFF) &+ (second >> 16)
    return second << 16 | first
}
