import Bytes

/// The messages that describe one object, from every block of its header. Versions 1 and 2.
final class ObjectHeader {
    struct Message {
        let type: Int
        let isShared: Bool
        let creationOrder: Int?
        /// Where the message's data lies in the file.
        let data: Range<Int>
    }

    /// The types of message that are understood.
    enum MessageType {
        static let dataspace = 1, linkInfo = 2, datatype = 3, oldFillValue = 4, fillValue = 5, link = 6, externalFiles = 7
        static let layout = 8, filters = 11, attribute = 12, continuation = 16, symbolTable = 17, attributeInfo = 21
        static let highestKnown = 24
    }

    let address: Int
    let messages: [Message]
    /// Filled when first asked for.
    var links: LinkTable?
    var attributes: AttributeTable?

    private init(address: Int, messages: [Message]) {
        self.address = address
        self.messages = messages
    }

    func first(_ type: Int) -> Message? { messages.first { $0.type == type } }

    func all(_ type: Int) -> [Message] { messages.filter { $0.type == type } }

    var isGroup: Bool { first(MessageType.symbolTable) != nil || first(MessageType.linkInfo) != nil || first(MessageType.link) != nil }

    /// Reads the header at `address`.
    static func read(_ file: HDF5File, at address: Int) throws(OsteonError) -> ObjectHeader {
        try locating("object header at \(address)") { () throws(OsteonError) in
            var parser = HeaderParser(file: file)
            try parser.parse(at: address)
            return ObjectHeader(address: address, messages: parser.messages)
        }
    }
}

extension HDF5File {
    /// The header at `address`, read once.
    func header(at address: Int) throws(OsteonError) -> ObjectHeader {
        if let known = headers[address] { return known }
        let header = try ObjectHeader.read(self, at: address)
        try ledger.reserve(128 + header.messages.count * 40)
        headers[address] = header
        return header
    }
}

private struct HeaderParser {
    let file: HDF5File
    var messages: [ObjectHeader.Message] = []
    /// Blocks still to be read; the first is the header's own.
    private var blocks: [Range<Int>] = []
    private var seen: Set<Int> = []

    init(file: HDF5File) { self.file = file }

    mutating func parse(at address: Int) throws(OsteonError) {
        var prefix = try file.cursor(at: address, count: 4)
        if try prefix.reader.read(4).elementsEqual("OHDR".utf8) {
            try parseVersion2(at: address)
        } else {
            try parseVersion1(at: address)
        }
    }

    private mutating func parseVersion1(at address: Int) throws(OsteonError) {
        var prefix = try file.cursor(at: address, count: 16)
        guard try prefix.byte() == 1 else {
            throw OsteonError(.malformed, "There is no object header where one should be.", offset: address)
        }
        try prefix.skip(7)
        let size = try prefix.unsigned(4)
        try add(block: address + 16, size)
        while let block = blocks.popLast() {
            var cursor = try file.cursor(block)
            while cursor.remaining >= 8 {
                let type = try cursor.unsigned(2)
                let size = try cursor.unsigned(2)
                let flags = try cursor.byte()
                try cursor.skip(3)
                try add(type: type, flags: flags, order: nil, data: cursor.range(size))
            }
        }
    }

    private mutating func parseVersion2(at address: Int) throws(OsteonError) {
        var prefix = try file.cursor(at: address, count: min(34, file.bytes.count - address))
        try prefix.expect("OHDR", version: 2, "an object header")
        let flags = try prefix.byte()
        if flags & 0x20 != 0 { try prefix.skip(16) }
        if flags & 0x10 != 0 { try prefix.skip(4) }
        let size = try prefix.unsigned(1 << (flags & 3))
        let first = prefix.position
        try add(block: first, size)
        let messageHeader = flags & 4 != 0 ? 6 : 4
        while let block = blocks.popLast() {
            var cursor = try file.cursor(block)
            if block.lowerBound == first {
                try file.verifyChecksum(of: address, upTo: block.upperBound, "an object header")
            } else {
                guard block.count >= 8, try cursor.reader.read(4).elementsEqual("OCHK".utf8) else {
                    throw OsteonError(
                        .malformed, "There is no continuation of the object header where one should be.", offset: block.lowerBound)
                }
                try file.verifyChecksum(of: block.lowerBound, upTo: block.upperBound - 4, "an object header's continuation")
            }
            let trailer = block.lowerBound == first ? 0 : 4
            while cursor.remaining >= messageHeader + trailer {
                let type = try cursor.byte()
                let size = try cursor.unsigned(2)
                let flags = try cursor.byte()
                let order = messageHeader == 6 ? try cursor.unsigned(2) : nil
                guard size <= cursor.remaining - trailer else {
                    throw OsteonError(.malformed, "A message is longer than its object header.", offset: cursor.position)
                }
                try add(type: type, flags: flags, order: order, data: cursor.range(size))
            }
        }
    }

    private mutating func add(block start: Int, _ count: Int) throws(OsteonError) {
        guard seen.insert(start).inserted else {
            throw OsteonError(.malformed, "The object header continues into itself.", offset: start)
        }
        blocks.append(start..<(try Checked.add(start, count)))
    }

    private mutating func add(type: Int, flags: Int, order: Int?, data: Range<Int>) throws(OsteonError) {
        guard type != 0 else { return }
        if type == ObjectHeader.MessageType.continuation {
            var cursor = try file.cursor(data)
            let start = try cursor.definedAddress("a header's continuation")
            return try add(block: start, cursor.length())
        }
        if type > ObjectHeader.MessageType.highestKnown {
            guard flags & 0x80 == 0 else {
                throw OsteonError(
                    .unsupported, "A header message of type \(type) that every reader must understand.", offset: data.lowerBound)
            }
            return
        }
        messages.append(ObjectHeader.Message(type: type, isShared: flags & 2 != 0, creationOrder: order, data: data))
    }
}
