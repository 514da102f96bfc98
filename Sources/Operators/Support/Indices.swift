import Bytes

/// Places along an axis as files give them: counted from the end where negative.
enum Indices {
    /// All places counted from the front.
    /// - Throws: `.invalidGraph` where one lies outside the axis.
    static func resolve(_ indices: [Int], extent: Int) throws(OsteonError) -> [Int] {
        var result = indices
        for (i, index) in indices.enumerated() { result[i] = try resolve(index, extent: extent) }
        return result
    }

    /// The place counted from the front.
    /// - Throws: `.invalidGraph` where it lies outside the axis.
    @inline(__always)
    static func resolve(_ index: Int, extent: Int) throws(OsteonError) -> Int {
        guard index >= -extent, index < extent else {
            throw invalidGraph("Index \(index) is outside an axis of \(extent) places.")
        }
        return index < 0 ? index + extent : index
    }
}
