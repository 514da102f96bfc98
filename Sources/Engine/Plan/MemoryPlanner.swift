import Bytes

/// A block of memory that's needed from one step to another.
struct MemoryRequest: Hashable, Sendable {
    var byteCount: Int
    /// The first and last step that need the block.
    var first: Int
    var last: Int
}

/// Lays blocks with lifetimes into one arena.
///
/// Greedy by size (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020): the largest
/// block first, each at the smallest gap that fits among the blocks alive at the same time.
enum MemoryPlanner {
    static let alignment = 64

    /// The offset of each request, and the size of the arena.
    static func place(_ requests: [MemoryRequest]) throws(OsteonError) -> (offsets: [Int], total: Int) {
        var sizes: [Int] = []
        for request in requests { sizes.append(try Checked.roundUp(max(request.byteCount, 1), to: alignment)) }
        let order = requests.indices.sorted { (sizes[$0], requests[$1].first, $1) > (sizes[$1], requests[$0].first, $0) }
        var offsets = [Int](repeating: 0, count: requests.count)
        var placed: [Int] = []  // by offset
        var total = 0
        for index in order {
            let request = requests[index]
            var end = 0
            var best: Int?
            var bestGap = Int.max
            for other in placed where requests[other].first <= request.last && request.first <= requests[other].last {
                let gap = offsets[other] - end
                if gap >= sizes[index], gap < bestGap {
                    best = end
                    bestGap = gap
                }
                end = max(end, offsets[other] + sizes[other])
            }
            let offset = best ?? end
            offsets[index] = offset
            total = max(total, try Checked.add(offset, sizes[index]))
            let position = placed.firstIndex { offsets[$0] > offset } ?? placed.count
            placed.insert(index, at: position)
        }
        return (offsets, total)
    }
}
