import Bytes

/// A B-tree of version 1: kind 0 indexes a group's symbol table nodes, kind 1 a dataset's chunks.
struct BTree1 {
    let file: HDF5File
    let kind: Int
    let keySize: Int

    /// Calls `body` with the address under each leaf entry and a cursor over the key before it.
    func forEachChild(
        of root: Int, _ body: (_ address: Int, _ key: inout Cursor) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        var seen: Set<Int> = []
        var pending: [(address: Int, level: Int?)] = [(root, nil)]
        while let (address, wanted) = pending.popLast() {
            try file.ledger.reserve(32)
            guard seen.insert(address).inserted else {
                throw OsteonError(.malformed, "A B-tree comes back to one of its nodes.", offset: address)
            }
            var node = try file.cursor(at: address, count: 8 + 2 * file.offsetSize)
            guard try node.reader.read(4).elementsEqual("TREE".utf8), try node.byte() == kind else {
                throw OsteonError(.malformed, "There is no B-tree node of kind \(kind) where one should be.", offset: address)
            }
            let level = try node.byte()
            let count = try node.unsigned(2)
            guard wanted == nil || wanted == level else {
                throw OsteonError(.malformed, "A B-tree node of level \(level) where another should be.", offset: address)
            }
            var entries = try file.cursor(at: node.position + 2 * file.offsetSize, count: count * (keySize + file.offsetSize))
            // Children wait in reverse, so that they're visited in the tree's order.
            var children: [(address: Int, level: Int?)] = []
            for _ in 0..<count {
                let keyRange = try entries.range(keySize)
                let child = try entries.definedAddress("a B-tree's child")
                if level == 0 {
                    var key = try file.cursor(keyRange)
                    try body(child, &key)
                } else {
                    try file.ledger.reserve(32)
                    children.append((child, level - 1))
                }
            }
            file.ledger.release(children.count * 32)
            pending += children.reversed()
        }
        file.ledger.release(seen.count * 32)
    }
}
