import Bytes

/// An error about operands that don't fit one another.
func invalidGraph(_ message: String) -> OsteonError { OsteonError(.invalidGraph, message) }

/// Row-major walks over shapes whose element count is known to fit an `Int`.
enum RowMajor {
    /// Steps between neighbours along each axis. Only meaningful where the shape has elements: it wraps otherwise.
    static func strides(_ shape: [Int]) -> [Int] {
        var result = [Int](repeating: 1, count: shape.count)
        var step = 1
        for axis in stride(from: shape.count - 1, through: 0, by: -1) {
            result[axis] = step
            step = step &* shape[axis]
        }
        return result
    }

    /// The product of extents; wraps where the whole shape has no elements.
    static func count(_ shape: some Sequence<Int>) -> Int { shape.reduce(1, &*) }

    /// Calls `body` once for each index of `shape`, last axis fastest, with the offsets the index has under each of
    /// `strides` (added to `bases`). Nothing is allocated per call.
    @inline(__always)
    static func forEach(
        _ shape: [Int], strides: [[Int]], bases: [Int]? = nil,
        _ body: (_ position: Int, _ offsets: [Int]) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        if shape.contains(0) { return }
        var index = [Int](repeating: 0, count: shape.count)
        var offsets = bases ?? [Int](repeating: 0, count: strides.count)
        for position in 0..<count(shape) {
            try body(position, offsets)
            var axis = shape.count - 1
            while axis >= 0 {
                index[axis] += 1
                for operand in offsets.indices { offsets[operand] &+= strides[operand][axis] }
                if index[axis] < shape[axis] { break }
                for operand in offsets.indices { offsets[operand] &-= strides[operand][axis] &* shape[axis] }
                index[axis] = 0
                axis -= 1
            }
        }
    }
}
