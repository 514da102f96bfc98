import Bytes

/// A B-tree of version 2: its records index links, attributes, large heap objects or chunks.
struct BTree2 {
    /// What sizes a node of some depth has.
    private struct Level {
        var mostRecords: Int
        /// Bytes that hold a child's number of records with those below it.
        var totalSize: Int
        var mostBelow: Int
    }

    private let file: HDF5File
    let kind: Int
    let recordSize: Int
    private let nodeSize: Int
    private let depth: Int
    private let root: (address: Int?, count: Int)
    private let total: Int
    private var levels: [Level] = []
    private let countSize: Int

    init(_ file: HDF5File, at address: Int, kinds: [Int]) throws(OsteonError) {
        self.file = file
        var cursor = try file.cursor(at: address, count: 18 + file.offsetSize + file.lengthSize)
        try cursor.expect("BTHD", version: 0, "a B-tree")
        try file.verifyChecksum(of: address, upTo: address + 18 + file.offsetSize + file.lengthSize, "a B-tree")
        kind = try cursor.byte()
        nodeSize = try cursor.unsigned(4)
        recordSize = try cursor.unsigned(2)
        depth = try cursor.unsigned(2)
        try cursor.skip(2)
        root = (try cursor.address(), try cursor.unsigned(2))
        total = try cursor.length()
        guard kinds.contains(kind), recordSize > 0, nodeSize > 10 + recordSize, depth < 32 else {
            throw OsteonError(
                .malformed, "A B-tree of kind \(kind), depth \(depth), records of \(recordSize) bytes and nodes of \(nodeSize).",
                offset: address)
        }
        let most = (nodeSize - 10) / recordSize
        countSize = Self.bytesHolding(most)
        levels = [Level(mostRecords: most, totalSize: 0, mostBelow: most)]
        for _ in 0..<depth {
            let below = levels[levels.count - 1]
            let pointer = file.offsetSize + countSize + below.totalSize
            let count = (nodeSize - 10 - pointer) / (recordSize + pointer)
            guard count > 0 else { throw OsteonError(.malformed, "A B-tree's nodes are too small.", offset: address) }
            let all = try Checked.add(Checked.multiply(count + 1, below.mostBelow), count)
            levels.append(Level(mostRecords: count, totalSize: Self.bytesHolding(all), mostBelow: all))
        }
    }

    static func bytesHolding(_ value: Int) -> Int { (Int.bitWidth - 1 - max(value, 1).leadingZeroBitCount) / 8 + 1 }

    /// Calls `body` with a cursor over each record, in order of address within the tree's nodes.
    func forEachRecord(_ body: (_ record: inout Cursor) throws(OsteonError) -> Void) throws(OsteonError) {
        guard let address = root.address, total > 0 else { return }
        var seen: Set<Int> = []
        var visited = 0
        var pending = [(address: address, count: root.count, depth: depth)]
        while let node = pending.popLast() {
            try file.ledger.reserve(40)
            guard seen.insert(node.address).inserted else {
                throw OsteonError(.malformed, "A B-tree comes back to one of its nodes.", offset: node.address)
            }
            guard node.count <= levels[node.depth].mostRecords else {
                throw OsteonError(.malformed, "A B-tree node has more records than fit.", offset: node.address)
            }
            let children = node.depth == 0 ? 0 : node.count + 1
            let pointer = node.depth == 0 ? 0 : file.offsetSize + countSize + levels[node.depth - 1].totalSize
            let used = 6 + node.count * recordSize + children * pointer
            var cursor = try file.cursor(at: node.address, count: used)
            try cursor.expect(node.depth == 0 ? "BTLF" : "BTIN", version: 0, "a B-tree node")
            try file.verifyChecksum(of: node.address, upTo: node.address + used, "a B-tree node")
            guard try cursor.byte() == kind else {
                throw OsteonError(.malformed, "A B-tree node of another kind than its tree.", offset: node.address)
            }
            visited = try Checked.add(visited, node.count)
            guard visited <= total else {
                throw OsteonError(.malformed, "A B-tree has more records than it says (\(total)).", offset: node.address)
            }
            for _ in 0..<node.count {
                var record = try file.cursor(cursor.range(recordSize))
                try body(&record)
            }
            var below: [(address: Int, count: Int, depth: Int)] = []
            for _ in 0..<children {
                let child = try cursor.definedAddress("a B-tree's child")
                let count = try cursor.unsigned(countSize)
                try cursor.skip(levels[node.depth - 1].totalSize)
                below.append((child, count, node.depth - 1))
            }
            pending += below.reversed()
        }
        file.ledger.release(seen.count * 40)
        guard visited == total else {
            throw OsteonError(.malformed, "A B-tree has \(visited) records and says \(total).", offset: address)
        }
    }
}
