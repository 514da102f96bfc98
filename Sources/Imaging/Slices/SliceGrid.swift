import Bytes

/// A volume's grid as the world's axes see it, whichever way its own axes run.
package struct SliceGrid: Sendable {
    private let extents: [Int]
    private let spacing: [Double]
    private let order: AxisOrder

    /// - Throws: `.malformed` for an axis without direction.
    package init(_ grid: VolumeGrid) throws(OsteonError) {
        extents = grid.extents
        spacing = grid.spacing
        order = AxisOrder(from: try Orientation(of: grid.affine), to: .ras)
    }

    /// The slice along each of the world's axes with most marks of the first kind, then of the next, then the first of equals; the
    /// middle one where there are no marks. Slices are counted from the axis' negative end.
    /// - Parameter marks: how many marks of each kind a voxel has, by its place in a channel.
    package func busiest(_ marks: [(Int) -> Int]) -> [Int] {
        let counts = marks.map { self.counts($0) }
        return (0..<3).map { world in
            let axis = order.source[world]
            let count = extents[axis]
            guard counts.contains(where: { $0[axis].contains { $0 > 0 } }) else { return count / 2 }
            func figures(_ slice: Int) -> [Int] { counts.map { $0[axis][order.flipped[world] ? count - 1 - slice : slice] } }
            var best = (slice: 0, figures: figures(0))
            for slice in 1..<max(count, 1) {
                let own = figures(slice)
                if best.figures.lexicographicallyPrecedes(own) { best = (slice, own) }
            }
            return best.slice
        }
    }

    /// Marks in each slice along each of the grid's own axes.
    private func counts(_ marks: (Int) -> Int) -> [[Int]] {
        var result = extents.map { [Int](repeating: 0, count: $0) }
        var place = 0
        for i in 0..<extents[0] {
            for j in 0..<extents[1] {
                for k in 0..<extents[2] {
                    let count = marks(place)
                    place += 1
                    if count == 0 { continue }
                    result[0][i] += count
                    result[1][j] += count
                    result[2][k] += count
                }
            }
        }
        return result
    }

    /// One slice of a plane, counted as `busiest` does.
    package func view(_ plane: SlicePlane, slice: Int, _ scale: SliceScale) -> SliceView {
        let along = line(plane.along)
        return SliceView(
            across: line(plane.across).reversed, down: line(plane.down).reversed, start: along.first + slice * along.step, scale)
    }

    /// The voxels along one of the world's axes, from its negative end.
    private func line(_ world: Int) -> VoxelLine {
        let axis = order.source[world]
        let step = extents[(axis + 1)...].reduce(1, *)
        let line = VoxelLine(count: extents[axis], size: spacing[axis], first: 0, step: step)
        return order.flipped[world] ? line.reversed : line
    }
}

/// A row of voxels through a volume: how many there are, how long each is, what the first and each step add to a place.
struct VoxelLine: Sendable {
    var count: Int
    var size: Double
    var first: Int
    var step: Int

    var reversed: VoxelLine { VoxelLine(count: count, size: size, first: first + (count - 1) * step, step: -step) }
    var length: Double { Double(count) * size }
}
