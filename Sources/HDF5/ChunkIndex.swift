import Bytes

/// Finds a dataset's chunks through whichever index it has.
struct ChunkIndex {
    let file: HDF5File
    let layout: ChunkLayout
    let dataspace: Dataspace

    /// Calls `body` for every chunk that's stored and lies within the dataset.
    func forEachChunk(_ body: (StoredChunk) throws(OsteonError) -> Void) throws(OsteonError) {
        func inside(_ chunk: StoredChunk) throws(OsteonError) {
            for (axis, place) in chunk.place.enumerated() {
                guard place < ceilingQuotient(dataspace.extents[axis], layout.extents[axis]) else { return }
            }
            try body(chunk)
        }
        switch layout.index {
        case .tree(let address): if let address { try walkTree(address, inside) }
        case .tree2(let address): if let address { try walkTree2(address, inside) }
        case .single(let address, let size, let mask):
            guard let address else { return }
            try inside(StoredChunk(place: layout.extents.map { _ in 0 }, address: address, size: size ?? layout.byteCount, mask: mask))
        case .implicit(let address):
            guard let address else { return }
            let order = try LinearOrder(layout, dataspace)
            let count = try order.count()
            for number in 0..<count {
                try file.ledger.spend(64)
                let start = try Checked.add(address, Checked.multiply(number, layout.byteCount))
                try inside(StoredChunk(place: order.place(of: number), address: start, size: layout.byteCount, mask: 0))
            }
        case .fixedArray(let address):
            guard let address else { return }
            let order = try LinearOrder(layout, dataspace)
            try FixedArray(file, at: address).forEachElement { (number, element) throws(OsteonError) in
                try visit(number, &element, order, inside)
            }
        case .extensibleArray(let address):
            guard let address else { return }
            let order = try LinearOrder(layout, dataspace)
            try ExtensibleArray(file, at: address).forEachElement { (number, element) throws(OsteonError) in
                try visit(number, &element, order, inside)
            }
        }
    }

    /// One element of an array index: an address, and where there are filters the stored size and a mask.
    private func visit(
        _ number: Int, _ element: inout Cursor, _ order: LinearOrder, _ body: (StoredChunk) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        guard let address = try element.address() else { return }
        var size = layout.byteCount
        var mask = 0
        if element.remaining > 4 {
            size = try element.unsigned(element.remaining - 4)
            mask = try element.unsigned(4)
        }
        try body(StoredChunk(place: order.place(of: number), address: address, size: size, mask: mask))
    }

    private func walkTree(_ address: Int, _ body: (StoredChunk) throws(OsteonError) -> Void) throws(OsteonError) {
        let keySize = 8 + 8 * (layout.extents.count + 1)
        try BTree1(file: file, kind: 1, keySize: keySize).forEachChild(of: address) { (chunk, key) throws(OsteonError) in
            let size = try key.unsigned(4)
            let mask = try key.unsigned(4)
            var place: [Int] = []
            for extent in layout.extents {
                let offset = try key.unsigned(8)
                guard offset % extent == 0 else {
                    throw OsteonError(.malformed, "A chunk that doesn't begin at a multiple of its extent.", offset: key.position)
                }
                place.append(offset / extent)
            }
            try body(StoredChunk(place: place, address: chunk, size: size, mask: mask))
        }
    }

    private func walkTree2(_ address: Int, _ body: (StoredChunk) throws(OsteonError) -> Void) throws(OsteonError) {
        let tree = try BTree2(file, at: address, kinds: [10, 11])
        let sizeBytes = tree.recordSize - file.offsetSize - 4 - 8 * layout.extents.count
        try tree.forEachRecord { (record) throws(OsteonError) in
            let start = try record.address()
            var size = layout.byteCount
            var mask = 0
            if tree.kind == 11 {
                size = try record.unsigned(sizeBytes)
                mask = try record.unsigned(4)
            }
            var place: [Int] = []
            for _ in layout.extents { place.append(try record.unsigned(8)) }
            guard let start else { return }
            try body(StoredChunk(place: place, address: start, size: size, mask: mask))
        }
    }
}

/// How the chunks of a dataset are numbered: row-major over what it may grow to, an axis without end first.
struct LinearOrder {
    /// Axes from the slowest to the fastest.
    private let axes: [Int]
    /// The number of chunks along each of `axes`; the first one's isn't needed.
    private let counts: [Int?]

    init(_ layout: ChunkLayout, _ dataspace: Dataspace) throws(OsteonError) {
        let endless = dataspace.maximum.indices.filter { dataspace.maximum[$0] == nil }
        guard endless.count <= 1 else {
            throw OsteonError(.malformed, "A chunk array for a dataset with \(endless.count) axes without end.")
        }
        axes = endless + dataspace.maximum.indices.filter { dataspace.maximum[$0] != nil }
        counts = axes.map { axis in dataspace.maximum[axis].map { max(ceilingQuotient($0, layout.extents[axis]), 1) } }
    }

    /// The number of chunks; an error where it has no end.
    func count() throws(OsteonError) -> Int {
        var factors: [Int] = []
        for count in counts {
            guard let count else { throw OsteonError(.malformed, "Chunks one after another in a dataset without end.") }
            factors.append(count)
        }
        return try Checked.product(factors)
    }

    func place(of number: Int) -> [Int] {
        var place = [Int](repeating: 0, count: axes.count)
        var rest = number
        for position in axes.indices.reversed() {
            guard position > 0, let count = counts[position] else {
                place[axes[position]] = rest
                break
            }
            place[axes[position]] = rest % count
            rest /= count
        }
        return place
    }
}

/// `value` divided by `divisor` (a positive number), rounded up.
func ceilingQuotient(_ value: Int, _ divisor: Int) -> Int {
    value / divisor + (value % divisor > 0 ? 1 : 0)
}
