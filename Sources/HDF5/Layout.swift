import Bytes

/// Where a dataset's elements lie. Versions 1 to 4.
enum Layout {
    case compact(Range<Int>)
    /// Without an address where nothing was written. The size is missing in old files.
    case contiguous(address: Int?, size: Int?)
    case chunked(ChunkLayout)
    case virtual

    init(_ cursor: inout Cursor) throws(OsteonError) {
        let start = cursor.position
        let version = try cursor.byte()
        switch version {
        case 1, 2: self = try Self.old(&cursor)
        case 3: self = try Self.version3(&cursor)
        case 4: self = try Self.version4(&cursor)
        default: throw OsteonError(.unsupported, "Data layout version \(version) isn't supported (1 to 4 are).", offset: start)
        }
    }

    private static func old(_ cursor: inout Cursor) throws(OsteonError) -> Layout {
        let count = try cursor.byte()
        let kind = try cursor.byte()
        try cursor.skip(5)
        let address = kind == 0 ? nil : try cursor.address()
        let sizes = try sizes(&cursor, count: count, width: 4)
        switch kind {
        case 0: return .compact(try cursor.range(cursor.unsigned(4)))
        case 1: return .contiguous(address: address, size: nil)
        case 2: return .chunked(try ChunkLayout(sizes, .tree(address)))
        default: throw unknown(kind, cursor)
        }
    }

    private static func version3(_ cursor: inout Cursor) throws(OsteonError) -> Layout {
        let kind = try cursor.byte()
        switch kind {
        case 0, 1: return try unchunked(kind, &cursor)
        case 2:
            let count = try cursor.byte()
            let address = try cursor.address()
            return .chunked(try ChunkLayout(sizes(&cursor, count: count, width: 4), .tree(address)))
        default: throw unknown(kind, cursor)
        }
    }

    private static func version4(_ cursor: inout Cursor) throws(OsteonError) -> Layout {
        let kind = try cursor.byte()
        switch kind {
        case 0, 1: return try unchunked(kind, &cursor)
        case 2: break
        case 3: return .virtual
        default: throw unknown(kind, cursor)
        }
        let flags = try cursor.byte()
        let count = try cursor.byte()
        let width = try cursor.byte()
        let sizes = try sizes(&cursor, count: count, width: width)
        let indexKind = try cursor.byte()
        let index: ChunkLayout.Index
        switch indexKind {
        case 1:
            let isFiltered = flags & 2 != 0
            let size = isFiltered ? try cursor.length() : nil
            let mask = isFiltered ? try cursor.unsigned(4) : 0
            index = .single(try cursor.address(), size: size, mask: mask)
        case 2: index = .implicit(try cursor.address())
        case 3:
            try cursor.skip(1)
            index = .fixedArray(try cursor.address())
        case 4:
            try cursor.skip(5)
            index = .extensibleArray(try cursor.address())
        case 5:
            try cursor.skip(6)
            index = .tree2(try cursor.address())
        default: throw OsteonError(.unsupported, "A chunk index of kind \(indexKind).", offset: cursor.position)
        }
        return .chunked(try ChunkLayout(sizes, index, skipsFiltersAtEdges: flags & 1 != 0))
    }

    private static func unchunked(_ kind: Int, _ cursor: inout Cursor) throws(OsteonError) -> Layout {
        if kind == 0 { return .compact(try cursor.range(cursor.unsigned(2))) }
        let address = try cursor.address()
        return .contiguous(address: address, size: try cursor.length())
    }

    private static func sizes(_ cursor: inout Cursor, count: Int, width: Int) throws(OsteonError) -> [Int] {
        guard count <= 33 else { throw OsteonError(.malformed, "A layout of \(count) axes.", offset: cursor.position) }
        var sizes: [Int] = []
        for _ in 0..<count { sizes.append(try cursor.unsigned(width)) }
        return sizes
    }

    private static func unknown(_ kind: Int, _ cursor: Cursor) -> OsteonError {
        OsteonError(.unsupported, "A data layout of kind \(kind).", offset: cursor.position)
    }
}

/// A dataset cut into blocks of equal shape, each stored by itself.
struct ChunkLayout {
    /// How the chunks are found; an address is missing where none was written.
    enum Index {
        case tree(Int?)
        case single(Int?, size: Int?, mask: Int)
        case implicit(Int?)
        case fixedArray(Int?)
        case extensibleArray(Int?)
        case tree2(Int?)
    }

    /// The extents of one chunk.
    let extents: [Int]
    let elementSize: Int
    /// Bytes of one chunk before any filter.
    let byteCount: Int
    let index: Index
    /// Whether chunks that reach over the dataset's edge are stored without filters.
    let skipsFiltersAtEdges: Bool

    /// - Parameter sizes: the chunk's extents and the size of an element.
    init(_ sizes: [Int], _ index: Index, skipsFiltersAtEdges: Bool = false) throws(OsteonError) {
        guard sizes.count >= 2, let elementSize = sizes.last, !sizes.contains(0) else {
            throw OsteonError(.malformed, "A chunk of \(sizes) (extents and element size).")
        }
        extents = Array(sizes.dropLast())
        self.elementSize = elementSize
        byteCount = try Checked.product(sizes)
        self.index = index
        self.skipsFiltersAtEdges = skipsFiltersAtEdges
    }
}

/// One chunk as it's stored.
struct StoredChunk {
    /// Where it begins, counted in chunks.
    let place: [Int]
    let address: Int
    /// Bytes in the file.
    let size: Int
    /// Bit i set: filter i wasn't applied.
    let mask: Int
}
