import Bytes
import Tensors

/// The connected parts of a mask, by runs of voxels along the last axis: what's kept grows with the mask's surface, not with
/// the volume.
struct ConnectedComponents {
    private struct Run {
        var row: Int32, start: Int32, end: Int32
    }

    private var runs: [Run] = []
    private var parents: [Int32] = []
    /// Voxels of each component, by its root run.
    private var sizes: [Int] = []
    private let extents: [Int]

    /// - Parameters:
    ///   - extents: three.
    ///   - connectivity: how many axes two neighbours may differ along: 1 faces, 2 edges too, 3 corners too.
    ///   - isInside: whether the voxel at an index belongs to the mask.
    init(extents: [Int], connectivity: Int, isInside: (Int) -> Bool) throws(OsteonError) {
        self.extents = extents
        guard extents.count == 3, try Checked.product(extents) <= Int(Int32.max) else {
            throw OsteonError(.limitExceeded, "Connected parts are found in masks of up to 2³¹ voxels.")
        }
        // Neighbouring rows before a row, and how far runs there may stand apart along z.
        var neighbours: [(x: Int, y: Int, reach: Int32)] = []
        for (x, y) in [(-1, -1), (-1, 0), (-1, 1), (0, -1)] {
            let differing = abs(x) + abs(y)
            if differing <= connectivity { neighbours.append((x, y, differing < connectivity ? 1 : 0)) }
        }
        var rowStarts = try [Int](budgeted: 0, count: extents[0] * extents[1] + 1)
        for x in 0..<extents[0] {
            for y in 0..<extents[1] {
                let row = x * extents[1] + y
                appendRuns(row, isInside)
                rowStarts[row + 1] = runs.count
                for neighbour in neighbours {
                    let (nx, ny) = (x + neighbour.x, y + neighbour.y)
                    guard nx >= 0, ny >= 0, ny < extents[1] else { continue }
                    let other = nx * extents[1] + ny
                    join(rowStarts[row]..<rowStarts[row + 1], rowStarts[other]..<rowStarts[other + 1], neighbour.reach)
                }
            }
        }
        sizes = [Int](repeating: 0, count: runs.count)
        for index in runs.indices { sizes[root(index)] += Int(runs[index].end - runs[index].start) }
    }

    private mutating func appendRuns(_ row: Int, _ isInside: (Int) -> Bool) {
        let first = row * extents[2]
        var z = 0
        while z < extents[2] {
            guard isInside(first + z) else {
                z += 1
                continue
            }
            let start = z
            while z < extents[2], isInside(first + z) { z += 1 }
            parents.append(Int32(runs.count))
            runs.append(Run(row: Int32(row), start: Int32(start), end: Int32(z)))
        }
    }

    private mutating func join(_ here: Range<Int>, _ there: Range<Int>, _ reach: Int32) {
        var (a, b) = (here.lowerBound, there.lowerBound)
        while a < here.upperBound, b < there.upperBound {
            if runs[a].start < runs[b].end + reach, runs[b].start < runs[a].end + reach { unite(a, b) }
            if runs[a].end < runs[b].end { a += 1 } else { b += 1 }
        }
    }

    private mutating func root(_ index: Int) -> Int {
        var index = index
        while Int(parents[index]) != index {
            parents[index] = parents[Int(parents[index])]
            index = Int(parents[index])
        }
        return index
    }

    private mutating func unite(_ a: Int, _ b: Int) {
        let (a, b) = (root(a), root(b))
        // The earlier run stays the root, so that the order of components is that of their first voxels.
        if a < b { parents[b] = Int32(a) } else { parents[a] = Int32(b) }
    }

    /// Runs `body` for the voxels (ranges of indices) of all but the `count` largest components; of equals the first is kept.
    mutating func forEachOutside(largest count: Int, _ body: (Range<Int>) -> Void) {
        let roots = runs.indices.filter { Int(parents[$0]) == $0 }
        let kept = Set(roots.sorted { sizes[$0] > sizes[$1] || sizes[$0] == sizes[$1] && $0 < $1 }.prefix(count))
        for index in runs.indices where !kept.contains(root(index)) {
            let start = Int(runs[index].row) * extents[2]
            body(start + Int(runs[index].start)..<start + Int(runs[index].end))
        }
    }
}
