/// The size of the piece of surface between neighbouring voxels, by which of them are in the mask: in a volume the area
/// between eight voxels, in a plane the length of the contour between four.
///
/// The surface elements of Nikolov et al., "Deep learning to achieve clinically applicable segmentation of head and neck
/// anatomy for radiotherapy" (arXiv:1809.04430): the triangles of marching cubes with corners halfway between voxels. Up to
/// turning, mirroring and exchanging inside for outside, eight voxels have thirteen such surfaces and four pixels three.
struct SurfaceElementSizes {
    /// By code. A code has a bit for each voxel, that of the first voxel (the least index on every axis) being the highest
    /// and that of the last the lowest; 0 for none in and for all in.
    let sizes: [Double]

    /// Voxels `spacing` apart; two or three of them.
    init(spacing: [Double]) {
        sizes = spacing.count == 2 ? Self.lengths(spacing) : Self.areas(spacing)
    }

    // MARK: Volumes

    /// One code of each kind, and its triangles: the magnitudes of each one's area vector on the three axes, in eighths of
    /// a voxel's face.
    private static let kinds: [(code: Int, triangles: [[Double]])] = [
        (0b0000_0001, [[1, 1, 1]]),
        (0b0000_0011, [[2, 2, 0], [2, 2, 0]]),
        (0b0000_0110, [[1, 1, 1], [1, 1, 1]]),
        (0b0001_1000, [[1, 1, 1], [1, 1, 1]]),
        (0b0000_0111, [[4, 0, 0], [2, 2, 2], [1, 1, 1]]),
        (0b0001_0110, [[1, 1, 1], [1, 1, 1], [1, 1, 1]]),
        (0b0001_1001, [[0, 2, 2], [0, 2, 2], [1, 1, 1]]),
        (0b0000_1111, [[4, 0, 0], [4, 0, 0]]),
        (0b0001_0111, [[1, 1, 1], [2, 2, 2], [2, 2, 2], [1, 1, 1]]),
        (0b0001_1011, [[1, 1, 1], [3, 3, 3], [0, 2, 2], [2, 0, 2]]),
        (0b0001_1110, [[4, 0, 0], [1, 1, 1], [2, 2, 2], [1, 1, 1]]),
        (0b0011_1100, [[2, 2, 0], [2, 2, 0], [2, 2, 0], [2, 2, 0]]),
        (0b0110_1001, [[1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]]),
    ]

    private static func areas(_ spacing: [Double]) -> [Double] {
        let faces = [spacing[1] * spacing[2], spacing[0] * spacing[2], spacing[0] * spacing[1]]
        var result = [Double](repeating: 0, count: 256)
        for (code, triangles) in kinds {
            for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                var area = 0.0
                for triangle in triangles {
                    let x = triangle[order[0]] / 8 * faces[0]
                    let y = triangle[order[1]] / 8 * faces[1]
                    let z = triangle[order[2]] / 8 * faces[2]
                    area += (x * x + y * y + z * z).squareRoot()
                }
                for mirrored in 0..<8 {
                    let turned = moved(code, order: order, mirrored: mirrored)
                    result[turned] = area
                    result[0xFF ^ turned] = area
                }
            }
        }
        return result
    }

    /// The code after voxel (x₀, x₁, x₂) has gone to (x[order[0]], x[order[1]], x[order[2]]), mirrored on the axes whose bits
    /// are set.
    private static func moved(_ code: Int, order: [Int], mirrored: Int) -> Int {
        var result = 0
        for voxel in 0..<8 where code >> (7 - voxel) & 1 == 1 {
            var place = 0
            for axis in 0..<3 { place |= (voxel >> (2 - order[axis]) & 1 ^ mirrored >> axis & 1) << (2 - axis) }
            result |= 1 << (7 - place)
        }
        return result
    }

    // MARK: Planes

    private static func lengths(_ spacing: [Double]) -> [Double] {
        let corner = (spacing[0] * spacing[0] + spacing[1] * spacing[1]).squareRoot() / 2
        return (0..<16).map { code in
            switch code {
            case 0b0000, 0b1111: 0
            case 0b0011, 0b1100: spacing[1]
            case 0b0101, 0b1010: spacing[0]
            case 0b0110, 0b1001: 2 * corner
            default: corner
            }
        }
    }
}
