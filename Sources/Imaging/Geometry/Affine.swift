import Bytes

/// Where voxels lie: voxel index (x, y, z) ↦ matrix · (x, y, z) + origin, in millimetres, RAS+ (right, anterior, superior).
package struct Affine: Sendable, Hashable {
    /// Column k is the step in millimetres from one voxel to the next along axis k.
    package var columns: [SIMD3<Double>]
    /// The centre of voxel (0, 0, 0).
    package var origin: SIMD3<Double>

    package init(columns: [SIMD3<Double>], origin: SIMD3<Double>) {
        precondition(columns.count == 3, "an affine has three columns")
        self.columns = columns
        self.origin = origin
    }

    package static let identity = Affine(columns: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], origin: .zero)

    /// The rows of the 3 × 4 matrix, as files have them.
    package var rows: [[Double]] { (0..<3).map { row in columns.map { $0[row] } + [origin[row]] } }

    /// - Parameter rows: three rows of four.
    package init(rows: [[Double]]) throws(OsteonError) {
        guard rows.count >= 3, rows.prefix(3).allSatisfy({ $0.count == 4 && $0.allSatisfy(\.isFinite) }) else {
            throw OsteonError(.malformed, "An affine has three rows of four finite numbers.")
        }
        columns = (0..<3).map { [rows[0][$0], rows[1][$0], rows[2][$0]] }
        origin = [rows[0][3], rows[1][3], rows[2][3]]
    }

    /// The voxel size along each axis: the lengths of the columns.
    package var spacing: [Double] { columns.map { ($0 * $0).sum().squareRoot() } }

    package var determinant: Double {
        let (a, b, c) = (columns[0], columns[1], columns[2])
        return a.x * (b.y * c.z - b.z * c.y) - b.x * (a.y * c.z - a.z * c.y) + c.x * (a.y * b.z - a.z * b.y)
    }

    package func world(_ voxel: SIMD3<Double>) -> SIMD3<Double> {
        columns[0] * voxel.x + columns[1] * voxel.y + columns[2] * voxel.z + origin
    }

    /// The matrix that undoes this one.
    /// - Throws: `.malformed` where the columns don't span space.
    package func inverted() throws(OsteonError) -> Affine {
        let determinant = determinant
        // Of cubes whatever their size: voxels may be micrometres.
        guard determinant.isFinite, abs(determinant) > 1e-12 * spacing.reduce(1, *) else {
            throw OsteonError(.malformed, "The image's affine is singular: its axes don't span space.")
        }
        let (a, b, c) = (columns[0], columns[1], columns[2])
        // The rows of the inverse are the cross products of the columns.
        let rows = [Self.cross(b, c) / determinant, Self.cross(c, a) / determinant, Self.cross(a, b) / determinant]
        var result = Affine(columns: (0..<3).map { k in [rows[0][k], rows[1][k], rows[2][k]] }, origin: .zero)
        result.origin = -result.world(origin)
        return result
    }

    static func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
        [a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x]
    }

    /// The affine of a grid whose voxel i lies at `scale · i + offset` of this grid, axis by axis.
    package func rescaled(_ scale: [Double], _ offset: [Double]) -> Affine {
        let shift: SIMD3<Double> = [offset[0], offset[1], offset[2]]
        return Affine(columns: (0..<3).map { columns[$0] * scale[$0] }, origin: world(shift))
    }

    /// The affine of a grid whose voxels lie at these places of this grid: PyTorch's product, of which flat images give two axes.
    func following(_ toInput: DenseMatrix) -> Affine {
        let rank = toInput.rows - 1
        var whole = DenseMatrix(identity: 4)
        for row in 0..<rank {
            for column in 0..<rank { whole[row, column] = toInput[row, column] }
            whole[row, 3] = toInput[row, rank]
        }
        let product = DenseMatrix(self, rank: 3).times(whole, isFused: false)
        return Affine(
            columns: (0..<3).map { [product[0, $0], product[1, $0], product[2, $0]] },
            origin: [product[0, 3], product[1, 3], product[2, 3]])
    }

    /// Whether two grids of this shape have all their corners within `tolerance` voxels of one another.
    package func matches(_ other: Affine, extents: [Int], tolerance: Double = 0.05) -> Bool {
        let smallest = spacing.min() ?? 1
        for corner in 0..<8 {
            var voxel = SIMD3<Double>.zero
            for axis in 0..<min(3, extents.count) where corner >> axis & 1 == 1 { voxel[axis] = Double(extents[axis] - 1) }
            let distance = world(voxel) - other.world(voxel)
            if (distance * distance).sum().squareRoot() > tolerance * smallest { return false }
        }
        return true
    }
}
