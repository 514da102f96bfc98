import Bytes

/// One name in a group.
struct Link {
    enum Target: Equatable {
        case object(address: Int)
        case soft
        case external
        case userDefined(Int)
    }

    let name: String
    let target: Target
    var creationOrder: Int?
}

/// The names of a group: in the order they were made in where every link says it, by their bytes otherwise.
struct LinkTable {
    let links: [Link]
    private let index: [UTF8Name: Int]

    init(_ unordered: [Link]) throws(OsteonError) {
        let links =
            unordered.allSatisfy({ $0.creationOrder != nil })
            ? unordered.sorted { ($0.creationOrder ?? 0) < ($1.creationOrder ?? 0) }
            : unordered.sorted { $0.name.precedesInUTF8($1.name) }
        var index: [UTF8Name: Int] = [:]
        for (position, link) in links.enumerated() {
            guard !link.name.isEmpty, index.updateValue(position, forKey: UTF8Name(link.name)) == nil else {
                throw OsteonError(.malformed, "A group has a name that's empty or occurs twice: \"\(link.name)\".")
            }
        }
        self.links = links
        self.index = index
    }

    subscript(name: String) -> Link? { index[UTF8Name(name)].map { links[$0] } }
}

extension HDF5File {
    /// The links of the group with this header, read once.
    func links(of header: ObjectHeader) throws(OsteonError) -> LinkTable {
        if let known = header.links { return known }
        var collector = LinkCollector(file: self)
        if let message = header.first(ObjectHeader.MessageType.symbolTable) {
            try refuseShared(message.isShared, at: message.data)
            try collector.addSymbolTable(message.data)
        }
        for message in header.all(ObjectHeader.MessageType.link) {
            try refuseShared(message.isShared, at: message.data)
            try collector.addLinkMessage(message.data)
        }
        if let message = header.first(ObjectHeader.MessageType.linkInfo) {
            try refuseShared(message.isShared, at: message.data)
            try collector.addDenseLinks(message.data)
        }
        let table = try LinkTable(collector.links)
        header.links = table
        return table
    }
}

private struct LinkCollector {
    let file: HDF5File
    var links: [Link] = []

    init(file: HDF5File) { self.file = file }

    private mutating func add(_ link: Link) throws(OsteonError) {
        try file.ledger.reserve(128 + 2 * link.name.utf8.count)
        links.append(link)
    }

    /// A group of the old kind: a B-tree of nodes with entries, the names in a heap.
    mutating func addSymbolTable(_ data: Range<Int>) throws(OsteonError) {
        var cursor = try file.cursor(data)
        let tree = try cursor.definedAddress("a group's B-tree")
        let heapAddress = try cursor.definedAddress("a group's heap")
        var heap = try file.cursor(at: heapAddress, count: 8 + 2 * file.lengthSize + file.offsetSize)
        try heap.expect("HEAP", version: 0, "a local heap")
        try heap.skip(3)
        let size = try heap.length()
        try heap.skip(file.lengthSize)
        let start = try heap.definedAddress("a heap's data")
        _ = try file.slice(start..<(try Checked.add(start, size)))
        let names = start..<start + size
        var nodes: [Int] = []
        try BTree1(file: file, kind: 0, keySize: file.lengthSize).forEachChild(of: tree) { (address, _) throws(OsteonError) in
            try file.ledger.reserve(16)
            nodes.append(address)
        }
        file.ledger.release(16 * nodes.count)
        for node in nodes { try addSymbols(at: node, names: names) }
    }

    private mutating func addSymbols(at address: Int, names: Range<Int>) throws(OsteonError) {
        var cursor = try file.cursor(at: address, count: 8)
        try cursor.expect("SNOD", version: 1, "a symbol table node")
        try cursor.skip(1)
        let count = try cursor.unsigned(2)
        cursor = try file.cursor(at: address + 8, count: count * (2 * file.offsetSize + 24))
        for _ in 0..<count {
            let nameOffset = try cursor.unsigned(file.offsetSize)
            let target = try cursor.address()
            let cacheType = try cursor.unsigned(4)
            try cursor.skip(20)
            guard nameOffset < names.count else {
                throw OsteonError(.malformed, "A name lies outside its group's heap.", offset: cursor.position)
            }
            let field = try file.slice(names.lowerBound + nameOffset..<names.upperBound)
            guard let length = field.prefix(65536).firstIndex(of: 0) else {
                throw OsteonError(.malformed, "A name in a group's heap has no end.", offset: names.lowerBound + nameOffset)
            }
            var text = try file.cursor(at: names.lowerBound + nameOffset, count: length)
            let name = try text.name(length)
            if cacheType == 2 {
                try add(Link(name: name, target: .soft))
            } else if let target {
                try add(Link(name: name, target: .object(address: target)))
            } else {
                throw OsteonError(.malformed, "The link \(name) has no address.", offset: cursor.position)
            }
        }
    }

    mutating func addLinkMessage(_ data: Range<Int>) throws(OsteonError) {
        var cursor = try file.cursor(data)
        let version = try cursor.byte()
        let flags = try cursor.byte()
        guard version == 1 else { throw OsteonError(.unsupported, "Link version \(version) isn't supported.", offset: data.lowerBound) }
        let type = flags & 8 != 0 ? try cursor.byte() : 0
        let order = flags & 4 != 0 ? try cursor.unsigned(8) : nil
        if flags & 16 != 0 { try cursor.skip(1) }
        let name = try cursor.name(cursor.unsigned(1 << (flags & 3)))
        let target: Link.Target
        switch type {
        case 0: target = .object(address: try cursor.definedAddress("the link \(name)"))
        case 1: target = .soft
        case 64: target = .external
        default: target = .userDefined(type)
        }
        try add(Link(name: name, target: target, creationOrder: order))
    }

    /// A group of the new kind with many links: link messages in a fractal heap, found through a B-tree by name.
    mutating func addDenseLinks(_ data: Range<Int>) throws(OsteonError) {
        var cursor = try file.cursor(data)
        let version = try cursor.byte()
        let flags = try cursor.byte()
        guard version == 0 else {
            throw OsteonError(.unsupported, "Link info version \(version) isn't supported.", offset: data.lowerBound)
        }
        if flags & 1 != 0 { try cursor.skip(8) }
        guard let heapAddress = try cursor.address(), let tree = try cursor.address() else { return }
        let heap = try FractalHeap(file, at: heapAddress)
        try BTree2(file, at: tree, kinds: [5]).forEachRecord { (record) throws(OsteonError) in
            try record.skip(4)  // the name's hash
            try addLinkMessage(heap.object(record.range(heap.identifierSize)))
        }
    }
}
