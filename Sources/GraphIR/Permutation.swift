/// An order of axes: axis `i` of the result is axis `axes[i]` of the source.
package struct Permutation: Hashable, Sendable {
    package let axes: [Int]

    package init(_ axes: [Int]) { self.axes = axes }

    /// Every axis in its place.
    package static func identity(_ rank: Int) -> Permutation { Permutation(Array(0..<rank)) }

    package var rank: Int { axes.count }
    package var isIdentity: Bool { axes == Array(0..<axes.count) }

    package var inverse: Permutation {
        var result = [Int](repeating: 0, count: rank)
        for (place, axis) in axes.enumerated() { result[axis] = place }
        return Permutation(result)
    }

    /// First `self`, then `next`.
    package func then(_ next: Permutation) -> Permutation { Permutation(next.axes.map { axes[$0] }) }

    /// The axis of the source that `axis` (negative: from the end) of the result comes from.
    package func source(_ axis: Int) -> Int? {
        let place = axis < 0 ? axis + rank : axis
        return axes.indices.contains(place) ? axes[place] : nil
    }

    /// The same of a list; nil where one is no axis.
    package func sources(_ list: [Int]) -> [Int]? {
        let result = list.compactMap { source($0) }
        return result.count == list.count ? result : nil
    }

    /// A list with one entry an axis of the result, in the order of the source's axes.
    package func unpermuted<T>(_ list: [T]) -> [T] { inverse.axes.map { list[$0] } }

    /// What's left when the axes `dropped` of the source go.
    package func without(_ dropped: [Int]) -> Permutation {
        let kept = axes.filter { !dropped.contains($0) }
        return Permutation(kept.map { axis in kept.count { $0 < axis } })
    }
}
