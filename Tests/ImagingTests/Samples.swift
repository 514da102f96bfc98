import Bytes
import Imaging
import Tensors

/// Small volumes with values that tell places apart.
enum Samples {
    /// Value 100·x + 10·y + z (+ 1000·channel) at each voxel.
    static func places(_ extents: [Int], channels: Int = 1, affine: Affine = .identity) throws -> Volume {
        var values: [Float] = []
        for c in 0..<channels {
            for x in 0..<extents[0] {
                for y in 0..<extents[1] { for z in 0..<extents[2] { values.append(Float(1000 * c + 100 * x + 10 * y + z)) } }
            }
        }
        return try Volume(Tensor(values, shape: [channels] + extents), affine: affine)
    }

    /// Voxels of 2 × 3 × 4 mm, axes towards left, posterior and superior.
    static let lps = Affine(columns: [[-2, 0, 0], [0, -3, 0], [0, 0, 4]], origin: [10, 20, 30])

    /// Axes turned by 30° around z and 20° around x.
    static let oblique = Affine(
        columns: [
            [0.866 * 1.5, 0.5 * 1.5, 0], [-0.5 * 0.94 * 2, 0.866 * 0.94 * 2, 0.342 * 2],
            [0.5 * 0.342 * 2.5, -0.866 * 0.342 * 2.5, 0.94 * 2.5],
        ],
        origin: [-5, 7, 11])

    static func values(_ volume: Volume) throws -> [Float] { try volume.tensor.converted(to: .f32).array(Float.self) }
}
