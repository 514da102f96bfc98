import Bytes
import GraphIR
import Operators
import Tensors

/// An order of axes: axis `i` of the result is axis `axes[i]` of the source.
struct Permutation: Hashable {
    let axes: [Int]

    init(_ axes: [Int]) { self.axes = axes }

    /// What `op` does to a value of this rank; nil where that isn't known.
    init?(_ op: Transpose, rank: Int?) {
        if op.permutation.isEmpty {
            guard let rank else { return nil }
            axes = Array((0..<rank).reversed())
        } else {
            guard op.permutation.sorted() == Array(0..<op.permutation.count) else { return nil }
            axes = op.permutation
        }
    }

    var rank: Int { axes.count }
    var isIdentity: Bool { axes == Array(0..<axes.count) }

    var inverse: Permutation {
        var result = [Int](repeating: 0, count: rank)
        for (place, axis) in axes.enumerated() { result[axis] = place }
        return Permutation(result)
    }

    /// First `self`, then `next`.
    func then(_ next: Permutation) -> Permutation { Permutation(next.axes.map { axes[$0] }) }

    /// The axis of the source that `axis` (negative: from the end) of the result comes from.
    func source(_ axis: Int) -> Int? {
        let place = axis < 0 ? axis + rank : axis
        return axes.indices.contains(place) ? axes[place] : nil
    }

    func sources(_ list: [Int]) -> [Int]? {
        let result = list.compactMap { source($0) }
        return result.count == list.count ? result : nil
    }

    /// A list with one entry an axis of the result, in the order of the source's axes.
    func unpermuted<T>(_ list: [T]) -> [T] { inverse.axes.map { list[$0] } }

    /// What's left when the axes `dropped` of the source go.
    func without(_ dropped: [Int]) -> Permutation {
        let kept = axes.filter { !dropped.contains($0) }
        return Permutation(kept.map { axis in kept.count { $0 < axis } })
    }
}
