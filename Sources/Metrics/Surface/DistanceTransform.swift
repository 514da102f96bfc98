import Bytes
import CKernels
import Tensors

/// How far it is to the nearest of some voxels.
enum DistanceTransform {
    /// For each voxel of a volume of three extents, the square of the distance to the nearest one that `sites` marks, voxels
    /// being `spacing` apart (`f64`); infinite where none is marked. Exact, whatever the spacing.
    /// - Throws: `.limitExceeded` where there's no memory.
    static func squared(_ sites: [UInt8], extents: [Int], spacing: [Double], threads: Int) throws(OsteonError) -> Tensor {
        let result = try Tensor(uninitialized: .f64, extents)
        precondition(sites.count == result.count && extents.count == 3 && spacing.count == 3)
        var squares = result.mutableElements(Double.self)
        let status = unsafe squares.withUnsafeMutableBufferPointer {
            unsafe osteon_squared_distances(sites, $0.baseAddress, extents, spacing, Int32(threads))
        }
        guard status == 0 else { throw OsteonError(.limitExceeded, "There's no memory for a distance transform of \(extents) voxels.") }
        return result
    }
}
