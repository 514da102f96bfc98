import Bytes

/// A fractal heap: many small objects (links, attributes) in blocks of doubling size, the large ones by themselves.
///
/// An object is found as a range of the file, whatever its kind: managed in a block, huge with a place of its own, or tiny
/// within its identifier.
final class FractalHeap {
    private let file: HDF5File
    private let address: Int
    let identifierSize: Int
    private let hasBlockChecksums: Bool
    private let mostManaged: Int
    private let hugeTree: Int?
    private let width: Int
    private let startSize: Int
    private let mostDirect: Int
    /// Bits of an offset into the heap.
    private let offsetBits: Int
    private let root: Int?
    private let rootRows: Int
    /// Indirect blocks whose checksum was found right.
    private var verified: Set<Int> = []

    private var offsetBytes: Int { (offsetBits + 7) / 8 }
    private var blockPrefix: Int { 5 + file.offsetSize + offsetBytes }

    init(_ file: HDF5File, at address: Int) throws(OsteonError) {
        let size = 22 + 12 * file.lengthSize + 3 * file.offsetSize
        var cursor = try file.cursor(at: address, count: size)
        try cursor.expect("FRHP", version: 0, "a fractal heap")
        self.file = file
        self.address = address
        identifierSize = try cursor.unsigned(2)
        let filterSize = try cursor.unsigned(2)
        guard filterSize == 0 else { throw OsteonError(.unsupported, "A fractal heap with filters isn't supported.", offset: address) }
        try file.verifyChecksum(of: address, upTo: address + size, "a fractal heap")
        let flags = try cursor.byte()
        hasBlockChecksums = flags & 2 != 0
        mostManaged = try cursor.unsigned(4)
        try cursor.skip(file.lengthSize)
        hugeTree = try cursor.address()
        try cursor.skip(file.lengthSize + file.offsetSize + 8 * file.lengthSize)
        width = try cursor.unsigned(2)
        startSize = try cursor.length()
        mostDirect = try cursor.length()
        offsetBits = try cursor.unsigned(2)
        try cursor.skip(2)
        root = try cursor.address()
        rootRows = try cursor.unsigned(2)
        func isPower(_ value: Int) -> Bool { value > 0 && value & (value - 1) == 0 }
        guard isPower(width), isPower(startSize), isPower(mostDirect), startSize <= mostDirect, mostDirect <= 1 << 32,
            (1...62).contains(offsetBits), identifierSize > 1, width <= 1 << 16, rootRows <= 64
        else { throw OsteonError(.malformed, "A fractal heap's sizes are impossible.", offset: address) }
    }

    /// The object that the identifier in `range` stands for.
    func object(_ range: Range<Int>) throws(OsteonError) -> Range<Int> {
        var cursor = try file.cursor(range)
        let first = try cursor.byte()
        guard first >> 6 == 0 else {
            throw OsteonError(.unsupported, "A heap identifier of version \(first >> 6).", offset: range.lowerBound)
        }
        switch first >> 4 & 3 {
        case 0:
            let lengthBytes = min((mostDirect.trailingZeroBitCount + 7) / 8, BTree2.bytesHolding(mostManaged))
            let offset = try cursor.unsigned(offsetBytes)
            let length = try cursor.unsigned(max(lengthBytes, 1))
            return try managed(offset: offset, length: length)
        case 1:
            return try huge(&cursor)
        case 2:
            if identifierSize > 17 {
                let length = (first & 15) << 8 + (try cursor.byte()) + 1
                return try cursor.range(length)
            }
            return try cursor.range(first & 15 + 1)
        default:
            throw OsteonError(.malformed, "A heap identifier of an unknown kind.", offset: range.lowerBound)
        }
    }

    private func huge(_ cursor: inout Cursor) throws(OsteonError) -> Range<Int> {
        if file.offsetSize + file.lengthSize < identifierSize {
            let start = try cursor.definedAddress("a large heap object")
            return start..<(try Checked.add(start, cursor.length()))
        }
        let key = try cursor.unsigned(min(identifierSize - 1, 8))
        guard let hugeTree else { throw OsteonError(.malformed, "A large heap object in a heap that has none.", offset: cursor.position) }
        var found: Range<Int>?
        try BTree2(file, at: hugeTree, kinds: [1]).forEachRecord { (record) throws(OsteonError) in
            let start = try record.definedAddress("a large heap object")
            let length = try record.length()
            if try record.length() == key { found = start..<(try Checked.add(start, length)) }
        }
        guard let found else { throw OsteonError(.malformed, "A large heap object is missing.", offset: cursor.position) }
        return found
    }

    /// The size of a block in some row of the doubling table.
    private func blockSize(row: Int) throws(OsteonError) -> Int {
        try Checked.multiply(startSize, 1 << max(row - 1, 0))
    }

    private func managed(offset: Int, length: Int) throws(OsteonError) -> Range<Int> {
        guard var block = root else { throw OsteonError(.malformed, "An object in an empty heap.", offset: address) }
        let directRows = mostDirect.trailingZeroBitCount - startSize.trailingZeroBitCount + 2
        var rows = rootRows
        var within = offset
        var size = startSize
        var blockOffset = 0
        if rows > 0 {
            while true {
                // Row 0 and row 1 have blocks of the starting size, then the size doubles from row to row.
                let firstRow = try Checked.multiply(startSize, width)
                let quotient = within / firstRow
                let row = quotient == 0 ? 0 : Int.bitWidth - quotient.leadingZeroBitCount
                guard row < rows else { throw OsteonError(.malformed, "An object beyond the end of its heap.", offset: block) }
                size = try blockSize(row: row)
                let rowStart = row == 0 ? 0 : try Checked.multiply(firstRow, 1 << (row - 1))
                let column = (within - rowStart) / size
                let entry = row * width + column
                try verifyBlock("FHIB", "an indirect block", at: block, blockOffset: blockOffset)
                var cursor = try file.cursor(at: Checked.add(block, blockPrefix + entry * file.offsetSize), count: file.offsetSize)
                if verified.insert(block).inserted {
                    let end = try Checked.add(block, blockPrefix + rows * width * file.offsetSize)
                    try file.verifyChecksum(of: block, upTo: end, "a heap's indirect block")
                }
                let child = try cursor.definedAddress("a heap's block")
                within -= rowStart + column * size
                blockOffset = try Checked.add(blockOffset, rowStart + column * size)
                block = child
                if row < directRows { break }
                let next = size.trailingZeroBitCount - firstRow.trailingZeroBitCount + 1
                guard next > 0 else { throw OsteonError(.malformed, "A heap's indirect block has no rows.", offset: block) }
                rows = next
            }
        }
        try verifyBlock("FHDB", "a direct block", at: block, blockOffset: blockOffset)
        let prefix = blockPrefix + (hasBlockChecksums ? 4 : 0)
        guard within >= prefix, try Checked.add(within, length) <= size else {
            throw OsteonError(.malformed, "An object doesn't lie within its heap's block.", offset: block)
        }
        return block + within..<block + within + length
    }

    private func verifyBlock(_ signature: String, _ what: String, at block: Int, blockOffset: Int) throws(OsteonError) {
        var cursor = try file.cursor(at: block, count: blockPrefix)
        try cursor.expect(signature, version: 0, what)
        guard try cursor.address() == address, try cursor.unsigned(offsetBytes) == blockOffset else {
            throw OsteonError(.malformed, "A block of another heap.", offset: block)
        }
    }
}
