import Bytes

/// Where the blocks lie that a list of index rows names, each row the places along a tensor's first axes.
struct BlockOffsets {
    /// The element offset of each block.
    let offsets: [Int]
    /// The elements of one block.
    let blockCount: Int

    /// - Parameters:
    ///   - places: the index rows; negative indices count from the end.
    ///   - placesShape: their shape, whose last extent is the length of a row.
    ///   - shape: the tensor indexed.
    ///   - batch: how many first axes both share.
    /// - Throws: `.invalidGraph` where an index is outside its axis.
    init(_ places: [Int], placesShape: [Int], in shape: [Int], batch: Int) throws(OsteonError) {
        let depth = placesShape.last ?? 0
        let strides = RowMajor.strides(shape)
        blockCount = RowMajor.count(shape[(batch + depth)...])
        let rows = RowMajor.count(placesShape.dropLast())
        let batches = RowMajor.count(shape[..<batch])
        let perBatch = batches == 0 ? 0 : rows / batches
        let batchStride = RowMajor.count(shape[batch...])
        var result: [Int] = []
        if shape.contains(0), places.count > 0 {
            for (i, place) in places.enumerated() { _ = try Indices.resolve(place, extent: shape[batch + i % depth]) }
        }
        let named = depth == 0 || places.count > 0 ? rows : 0
        try result.reserveBudgeted(named)
        for row in 0..<named {
            var offset = perBatch == 0 ? 0 : row / perBatch * batchStride
            for axis in 0..<depth {
                offset += try Indices.resolve(places[row * depth + axis], extent: shape[batch + axis]) * strides[batch + axis]
            }
            result.append(offset)
        }
        offsets = result
    }
}
