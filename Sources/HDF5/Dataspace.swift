import Bytes

/// The extents of a dataset or an attribute. Versions 1 and 2.
struct Dataspace {
    /// No element at all, not even a shape (HDF5's null dataspace).
    let isNull: Bool
    let extents: [Int]
    /// What each axis may grow to, nil for without end.
    let maximum: [Int?]
    /// The number of elements.
    let count: Int

    init(_ cursor: inout Cursor) throws(OsteonError) {
        let start = cursor.position
        let version = try cursor.byte()
        let rank = try cursor.byte()
        let flags = try cursor.byte()
        var isNull = false
        switch version {
        case 1: try cursor.skip(5)
        case 2: isNull = try cursor.byte() == 2
        default: throw OsteonError(.unsupported, "Dataspace version \(version) isn't supported (1 and 2 are).", offset: start)
        }
        guard rank <= 32 else { throw OsteonError(.malformed, "A dataspace of \(rank) axes (32 at most).", offset: start) }
        var extents: [Int] = []
        for _ in 0..<rank { extents.append(try cursor.length()) }
        var maximum: [Int?] = extents
        if flags & 1 != 0 {
            maximum = []
            for _ in 0..<rank { maximum.append(try cursor.limit()) }
        }
        for (extent, limit) in zip(extents, maximum) {
            if let limit, limit < extent {
                throw OsteonError(.malformed, "An axis of \(extent) that may have \(limit) at most.", offset: start)
            }
        }
        self.isNull = isNull
        self.extents = isNull ? [0] : extents
        self.maximum = maximum
        count = isNull ? 0 : try Checked.product(extents)
    }
}
