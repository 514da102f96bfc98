import Bytes

/// How large a slice is drawn, voxels in their true proportions.
package enum SliceScale: Sendable {
    /// By whole multiples of the shorter voxel's edge, up to four, until it's `least` pixels across; no side is longer than `most`.
    case enlarged(least: Double, most: Int)
    /// The longer side `longest` pixels at most; small slices by whole multiples of a voxel.
    case fitted(longest: Int)
}

/// One slice of a volume as a picture: which voxel each pixel shows.
package struct SliceView: Sendable {
    package let width: Int, height: Int
    /// How many pixels wide an outline is: two where a voxel is large.
    private let outline: Int
    /// What each column and row adds to a place.
    private let columns: [Int], rows: [Int]

    init(across: VoxelLine, down: VoxelLine, start: Int, _ scale: SliceScale) {
        let voxel = min(across.size, down.size)
        switch scale {
        case .enlarged(let least, let most):
            let zoom = max(1, min(4, (least / Double(max(across.count, down.count))).rounded(.up)))
            func pixels(_ line: VoxelLine) -> [Int] {
                let count = Checked.clamped(line.length / voxel * zoom, to: 1...most)
                return (0..<count).map { line.first + $0 * line.count / count * line.step }
            }
            outline = zoom >= 4 ? 2 : 1
            (columns, rows) = (pixels(across), pixels(down).map { $0 + start })
        case .fitted(let longest):
            let side = max(across.length, down.length)
            let zoom = (Double(longest) * voxel / side).rounded(.down)
            let pixel = zoom >= 1 ? voxel / zoom : side / Double(longest)
            func pixels(_ line: VoxelLine) -> [Int] {
                (0..<Checked.clamped(line.length / pixel, to: 1...longest)).map {
                    let index = Checked.clamped((Double($0) + 0.5) * pixel / line.size, to: 0...line.count - 1, .down)
                    return line.first + index * line.step
                }
            }
            outline = zoom >= 4 ? 2 : 1
            (columns, rows) = (pixels(across), pixels(down).map { $0 + start })
        }
        (width, height) = (columns.count, rows.count)
    }

    /// A plane image as it's stored: rows down, columns across.
    package init(flat grid: VolumeGrid, _ scale: SliceScale) {
        let (extents, spacing) = (grid.extents, grid.spacing)
        self.init(
            across: VoxelLine(count: extents[1], size: spacing[1], first: 0, step: 1),
            down: VoxelLine(count: extents[0], size: spacing[0], first: 0, step: extents[1]), start: 0, scale)
    }

    /// The volume's place of each pixel, row by row.
    package var places: [Int] { rows.flatMap { row in columns.map { row + $0 } } }

    /// RGB, row by row.
    /// - Parameter color: red, green and blue from 0 to 255 of a pixel, by its column, its row and its voxel's place.
    package func drawn<Value: BinaryFloatingPoint & SIMDScalar>(_ color: (Int, Int, Int) -> SIMD3<Value>) -> [UInt8] {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        for row in 0..<height {
            for column in 0..<width {
                let value = color(column, row, rows[row] + columns[column])
                for part in 0..<3 { pixels.append(UInt8(Checked.clamped(value[part], to: 0...255))) }
            }
        }
        return pixels
    }

    /// Whether a mask has the pixel but not all those a line's width away.
    package func isOutline(_ column: Int, _ row: Int, _ mask: (Int) -> Bool) -> Bool {
        func has(_ column: Int, _ row: Int) -> Bool { mask(rows[row] + columns[column]) }
        guard has(column, row) else { return false }
        guard column >= outline, column < width - outline, row >= outline, row < height - outline else { return true }
        return (1...outline).contains { step in
            !has(column - step, row) || !has(column + step, row) || !has(column, row - step) || !has(column, row + step)
        }
    }
}

/// Colours of structures, and how they're laid over a scan.
package enum SliceColor {
    /// Okabe and Ito's, distinguishable for the colour-blind.
    private static let colors: [[UInt8]] = [
        [213, 94, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [204, 121, 167], [230, 159, 0], [0, 114, 178],
    ]

    /// The colour of the structure in a place, from 0 on; again the first after the last.
    package static func of(_ place: Int) -> [UInt8] { colors[place % colors.count] }

    /// The same as numbers to mix.
    package static func vector<Value: BinaryFloatingPoint & SIMDScalar>(_ place: Int) -> SIMD3<Value> {
        let color = of(place)
        return SIMD3(Value(color[0]), Value(color[1]), Value(color[2]))
    }
}
