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
        let status = sites.withUnsafeBufferPointer { sites in
            guard let site = sites.baseAddress, let out = result.unsafeMutableElements(Double.self).baseAddress else { return Int32(0) }
            return osteon_squared_distances(site, out, extents, spacing, Int32(threads))
        }
        guard status == 0 else { throw OsteonError(.limitExceeded, "There's no memory for a distance transform of \(extents) voxels.") }
        return result
    }
}
