import Bytes
import Tensors

/// Axis numbers as files give them: negative ones count from the end.
package enum Axes {
    /// `axis` as a number from 0.
    /// - Throws: `.invalidGraph` where it lies outside `rank`.
    package static func resolve(_ axis: Int, rank: Int) throws(OsteonError) -> Int {
        guard axis >= -rank, axis < rank else {
            throw OsteonError(.invalidGraph, "Axis \(axis) of a tensor of rank \(rank).")
        }
        return axis < 0 ? axis + rank : axis
    }

    /// `axes` as numbers from 0, in the order given.
    /// - Throws: `.invalidGraph` where one lies outside `rank` or is there twice.
    package static func resolve(_ axes: [Int], rank: Int) throws(OsteonError) -> [Int] {
        var result: [Int] = []
        for axis in axes {
            let resolved = try resolve(axis, rank: rank)
            guard !result.contains(resolved) else {
                throw OsteonError(.invalidGraph, "Axis \(axis) is given twice.")
            }
            result.append(resolved)
        }
        return result
    }

    /// Axes that a list of so many may name; nil where the data has fewer.
    package static func example(count: Int, data: [Int]?) -> [Int]? { data?.count ?? count >= count ? Array(0..<count) : nil }
}

/// A shape seen from one axis: `outer` blocks of `extent` rows of `inner` contiguous elements.
struct AxisSplit {
    let outer: Int, extent: Int, inner: Int

    /// - Throws: `.invalidGraph` where `axis` (which may be negative) lies outside the shape.
    init(_ shape: [Int], axis: Int) throws(OsteonError) {
        let axis = try Axes.resolve(axis, rank: shape.count)
        guard !shape.contains(0) else {
            // The other extents may be anything where there are no elements.
            (outer, extent, inner) = (0, shape[axis], 0)
            return
        }
        outer = RowMajor.count(shape[..<axis])
        extent = shape[axis]
        inner = RowMajor.count(shape[(axis + 1)...])
    }
}
