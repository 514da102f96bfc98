import Bytes

/// A table of sorted keys as LevelDB writes it (its `table_format.md`): the index file of a TensorFlow checkpoint.
///
/// Blocks of entries, each behind a CRC-32C; keys share prefixes; a last block says where the others are. Every block is
/// checked and read at once: an index is small.
struct SortedTable {
    struct Entry {
        var key: [UInt8]
        var value: [UInt8]
    }

    /// In the order of their keys.
    private(set) var entries: [Entry] = []

    private static let magic: UInt64 = 0xDB47_7524_8B80_FB57
    private static let footerSize = 48
    private static let trailerSize = 5
    private static let longestKey = 4096
    /// Bytes of keys, values and decompressed blocks may come to this many times the file, and a little.
    private static let budgetFactor = 64
    private var budget: Int

    /// Whether the file ends as a table does.
    static func recognizes(_ bytes: SharedBytes) -> Bool {
        guard bytes.count >= footerSize else { return false }
        return UInt64(littleEndian: bytes.load(UInt64.self, at: bytes.count - 8)) == magic
    }

    /// - Throws: `.malformed` where the table is damaged, `.limitExceeded` where it blows up.
    init(_ bytes: SharedBytes) throws(OsteonError) {
        guard Self.recognizes(bytes) else {
            throw OsteonError(.malformed, "It isn't the index of a checkpoint, or it's cut off: the last eight bytes are wrong.")
        }
        budget = try Checked.add(1 << 24, Checked.multiply(bytes.count, Self.budgetFactor))
        var footer = ByteReader(bytes)
        try footer.seek(to: bytes.count - Self.footerSize)
        let extra = try BlockHandle(&footer)
        let index = try BlockHandle(&footer)
        // What LevelDB keeps beside its data (filters); a checkpoint has nothing there.
        try read(extra, bytes) { (_, _) in }
        var blocks: [BlockHandle] = []
        try read(index, bytes) { (_, value) throws(OsteonError) in
            var reader = ByteReader(SharedBytes(value))
            blocks.append(try BlockHandle(&reader))
        }
        var found: [Entry] = []
        for block in blocks {
            try read(block, bytes) { (key, value) throws(OsteonError) in
                if let last = found.last, !last.key.lexicographicallyPrecedes(key) {
                    throw OsteonError(.malformed, "The index's keys aren't sorted, or one is there twice.", offset: block.offset)
                }
                found.append(Entry(key: key, value: value))
            }
        }
        entries = found
    }

    /// The value of a key; nil where there's none.
    func value(_ key: [UInt8]) -> [UInt8]? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].key == key ? entries[low].value : nil
    }

    private struct BlockHandle {
        var offset: Int
        var size: Int

        init(_ reader: inout ByteReader) throws(OsteonError) {
            offset = try Checked.int(reader.variableInteger())
            size = try Checked.int(reader.variableInteger())
        }
    }

    /// Gives the entries of one block in order.
    private mutating func read(
        _ handle: BlockHandle, _ bytes: SharedBytes, _ body: ([UInt8], [UInt8]) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        var reader = ByteReader(bytes)
        try reader.seek(to: handle.offset)
        let stored = try reader.read(handle.size)
        let kind = try reader.read(1)
        let checksum: UInt32 = try reader.integer()
        guard CRC32C.masked(CRC32C.checksum(of: [stored, kind])) == checksum else {
            throw OsteonError(.malformed, "A block of the index has a wrong checksum: the file is damaged.", offset: handle.offset)
        }
        switch kind[0] {
        case 0: try entries(of: stored, handle.offset, body)
        case 1:
            let block = try Snappy.decompressed(stored, limit: budget)
            budget -= block.count
            try entries(of: SharedBytes(block), handle.offset, body)
        default:
            throw OsteonError(.unsupported, "A block of the index is compressed by method \(kind[0]).", offset: handle.offset)
        }
    }

    private mutating func entries(
        of block: SharedBytes, _ offset: Int, _ body: ([UInt8], [UInt8]) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        guard block.count >= 4 else { throw OsteonError(.malformed, "A block of the index is too short.", offset: offset) }
        let restarts = Int(UInt32(littleEndian: block.load(UInt32.self, at: block.count - 4)))
        let end = try Checked.subtract(block.count - 4, Checked.multiply(restarts, 4))
        guard end >= 0 else { throw OsteonError(.malformed, "A block of the index has too many restarts.", offset: offset) }
        var reader = ByteReader(block.extracting(..<end))
        var key: [UInt8] = []
        while !reader.isAtEnd {
            let shared = try Checked.int(reader.variableInteger())
            let rest = try Checked.int(reader.variableInteger())
            let valueSize = try Checked.int(reader.variableInteger())
            guard shared <= key.count, rest <= Self.longestKey - shared else {
                throw OsteonError(.malformed, "A key of the index shares more than there is, or is too long.", offset: offset)
            }
            key.removeSubrange(shared...)
            key += try reader.read(rest)
            let value = Array(try reader.read(valueSize))
            budget -= key.count + value.count
            guard budget >= 0 else {
                throw OsteonError(.limitExceeded, "The index blows up to more than \(Self.budgetFactor) times its size.")
            }
            try body(key, value)
        }
    }
}
