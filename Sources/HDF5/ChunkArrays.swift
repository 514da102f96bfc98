import Bytes

/// The chunk index of a dataset of fixed size: an array of elements, in pages where it's long.
struct FixedArray {
    private let file: HDF5File
    private let elementSize: Int
    private let pageBits: Int
    private let count: Int
    private let block: Int?

    init(_ file: HDF5File, at address: Int) throws(OsteonError) {
        self.file = file
        let size = 8 + file.lengthSize + file.offsetSize
        var cursor = try file.cursor(at: address, count: size)
        try cursor.expect("FAHD", version: 0, "a fixed array")
        try file.verifyChecksum(of: address, upTo: address + size, "a fixed array")
        try cursor.skip(1)
        elementSize = try cursor.byte()
        pageBits = try cursor.byte()
        count = try cursor.length()
        block = try cursor.address()
        guard elementSize >= file.offsetSize, pageBits < 32 else {
            throw OsteonError(
                .malformed, "A fixed array of elements of \(elementSize) bytes and pages of \(pageBits) bits.", offset: address)
        }
    }

    func forEachElement(_ body: (_ number: Int, _ element: inout Cursor) throws(OsteonError) -> Void) throws(OsteonError) {
        guard let block else { return }
        let page = 1 << pageBits
        let pages = count > page ? ceilingQuotient(count, page) : 0
        let prefix = 6 + file.offsetSize
        let bitmap = ceilingQuotient(pages, 8)
        var cursor = try file.cursor(at: block, count: prefix + bitmap)
        try cursor.expect("FADB", version: 0, "a fixed array's block")
        try cursor.skip(1 + file.offsetSize)
        guard pages > 0 else {
            return try readElements(
                file, 0..<count, elementSize: elementSize, at: block + prefix, checkedFrom: block, body)
        }
        let isWritten = try cursor.range(bitmap)
        let end = block + prefix + bitmap
        try file.verifyChecksum(of: block, upTo: end, "a fixed array's block")
        let bits = try file.slice(isWritten)
        for number in 0..<pages where bits[number / 8] & 0x80 >> UInt8(number % 8) != 0 {
            let start = try Checked.add(end + 4, Checked.multiply(number, page * elementSize + 4))
            let range = number * page..<min((number + 1) * page, count)
            try readElements(file, range, elementSize: elementSize, at: start, checkedFrom: start, body)
        }
    }
}

/// The chunk index of a dataset with one axis without end: blocks of growing size, the large ones in pages.
struct ExtensibleArray {
    private let file: HDF5File
    private let address: Int
    private let elementSize: Int
    private let countBits: Int
    private let inIndexBlock: Int
    private let leastInBlock: Int
    private let leastPointers: Int
    private let pageBits: Int
    private let indexBlock: Int?

    private var offsetBytes: Int { (countBits + 7) / 8 }
    private var blockPrefix: Int { 6 + file.offsetSize + offsetBytes }

    init(_ file: HDF5File, at address: Int) throws(OsteonError) {
        self.file = file
        self.address = address
        let size = 12 + 6 * file.lengthSize + file.offsetSize
        var cursor = try file.cursor(at: address, count: size)
        try cursor.expect("EAHD", version: 0, "an extensible array")
        try file.verifyChecksum(of: address, upTo: address + size, "an extensible array")
        try cursor.skip(1)
        elementSize = try cursor.byte()
        countBits = try cursor.byte()
        inIndexBlock = try cursor.byte()
        leastInBlock = try cursor.byte()
        leastPointers = try cursor.byte()
        pageBits = try cursor.byte()
        try cursor.skip(6 * file.lengthSize)
        indexBlock = try cursor.address()
        func isPower(_ value: Int) -> Bool { value > 0 && value & (value - 1) == 0 }
        guard elementSize >= file.offsetSize, (1...62).contains(countBits), isPower(leastInBlock), isPower(leastPointers), pageBits < 32,
            leastInBlock.trailingZeroBitCount <= countBits
        else { throw OsteonError(.malformed, "An extensible array's sizes are impossible.", offset: address) }
    }

    func forEachElement(_ body: (_ number: Int, _ element: inout Cursor) throws(OsteonError) -> Void) throws(OsteonError) {
        guard let indexBlock else { return }
        let superBlocks = 1 + countBits - leastInBlock.trailingZeroBitCount
        let directSuperBlocks = min(2 * leastPointers.trailingZeroBitCount, superBlocks)
        let blockPointers = 2 * (leastPointers - 1)
        let superPointers = superBlocks - directSuperBlocks
        let prefix = 6 + file.offsetSize
        let end = indexBlock + prefix + inIndexBlock * elementSize + (blockPointers + superPointers) * file.offsetSize
        var cursor = try file.cursor(at: indexBlock, count: end - indexBlock)
        try cursor.expect("EAIB", version: 0, "an extensible array's index block")
        try cursor.skip(1 + file.offsetSize)
        try file.verifyChecksum(of: indexBlock, upTo: end, "an extensible array's index block")
        for number in 0..<inIndexBlock {
            var element = try file.cursor(cursor.range(elementSize))
            try body(number, &element)
        }
        var first = inIndexBlock
        var pointersLeft = blockPointers
        for level in 0..<superBlocks {
            let blocks = 1 << (level / 2)
            let inBlock = try Checked.multiply(1 << ((level + 1) / 2), leastInBlock)
            if level < directSuperBlocks {
                for _ in 0..<blocks where pointersLeft > 0 {
                    pointersLeft -= 1
                    if let block = try cursor.address() { try readBlock(block, first, inBlock, written: nil, body) }
                    first = try Checked.add(first, inBlock)
                }
            } else {
                if let block = try cursor.address() { try readSuperBlock(block, first, blocks: blocks, inBlock: inBlock, body) }
                first = try Checked.add(first, Checked.multiply(blocks, inBlock))
            }
        }
    }

    /// The number of pages of a data block; 0 for one that isn't cut into pages.
    private func pages(_ inBlock: Int) -> Int { inBlock > 1 << pageBits ? inBlock >> pageBits : 0 }

    private func readSuperBlock(
        _ address: Int, _ first: Int, blocks: Int, inBlock: Int, _ body: (Int, inout Cursor) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        let pages = pages(inBlock)
        let bitmap = try Checked.multiply(blocks, (pages + 7) / 8)
        let size = try Checked.add(blockPrefix, Checked.add(bitmap, Checked.multiply(blocks, file.offsetSize)))
        var cursor = try file.cursor(at: address, count: size)
        try cursor.expect("EASB", version: 0, "an extensible array's super block")
        try file.verifyChecksum(of: address, upTo: address + size, "an extensible array's super block")
        try cursor.skip(blockPrefix - 5)
        let bits = try file.slice(cursor.range(bitmap))
        for number in 0..<blocks {
            guard let block = try cursor.address() else { continue }
            let start = try Checked.add(first, Checked.multiply(number, inBlock))
            try readBlock(
                block, start, inBlock,
                written: { page in
                    let bit = number * pages + page
                    return bits[bit / 8] & 0x80 >> UInt8(bit % 8) != 0
                }, body)
        }
    }

    private func readBlock(
        _ address: Int, _ first: Int, _ inBlock: Int, written: ((Int) -> Bool)?,
        _ body: (Int, inout Cursor) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        var cursor = try file.cursor(at: address, count: blockPrefix)
        try cursor.expect("EADB", version: 0, "an extensible array's block")
        let pages = pages(inBlock)
        guard pages > 0 else {
            return try readElements(
                file, first..<first + inBlock, elementSize: elementSize, at: address + blockPrefix, checkedFrom: address, body)
        }
        try file.verifyChecksum(of: address, upTo: address + blockPrefix, "an extensible array's block")
        let inPage = 1 << pageBits
        for page in 0..<pages where written?(page) ?? true {
            let start = try Checked.add(address + blockPrefix + 4, Checked.multiply(page, inPage * elementSize + 4))
            let range = first + page * inPage..<first + (page + 1) * inPage
            try readElements(file, range, elementSize: elementSize, at: start, checkedFrom: start, body)
        }
    }
}

/// Elements one after another from `start` on, with a checksum of everything from `checkedFrom` on behind them.
private func readElements(
    _ file: HDF5File, _ numbers: Range<Int>, elementSize: Int, at start: Int, checkedFrom: Int,
    _ body: (Int, inout Cursor) throws(OsteonError) -> Void
) throws(OsteonError) {
    let size = try Checked.multiply(numbers.count, elementSize)
    var cursor = try file.cursor(at: start, count: size)
    try file.verifyChecksum(of: checkedFrom, upTo: start + size, "a block of a chunk array")
    for number in numbers {
        var element = try file.cursor(cursor.range(elementSize))
        try body(number, &element)
    }
}
