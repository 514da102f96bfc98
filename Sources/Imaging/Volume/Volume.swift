import Bytes
import Tensors

/// An image or a label map on a grid in space: channels first, then x, y and z (z contiguous), or rows and columns.
///
/// Everything that moved the grid since the file was read is recorded, so that a mask computed on this grid comes back to
/// the file's own grid by undoing it.
package struct Volume: Sendable {
    /// `f32`, or `u8` for label maps: [channels, x, y, z], or [channels, x, y] for flat images.
    package var tensor: Tensor
    /// Where voxels lie in space.
    package var affine: Affine
    /// What moved the grid since the file was read, in order.
    package var steps: [SpatialStep]
    /// The file it came from; nil where it came from none.
    package var source: VolumeSource?

    package init(_ tensor: Tensor, affine: Affine = .identity, steps: [SpatialStep] = [], source: VolumeSource? = nil) throws(OsteonError) {
        guard (3...4).contains(tensor.rank), [.f32, .u8].contains(tensor.elementType) else {
            throw OsteonError(.invalidGraph, "A volume has channels and two or three axes of f32 or u8, not \(tensor.type).")
        }
        self.tensor = tensor
        self.affine = affine
        self.steps = steps
        self.source = source
    }

    package var channels: Int { tensor.shape[0] }
    /// Extents without the channels.
    package var extents: [Int] { Array(tensor.shape.dropFirst()) }
    package var spatialRank: Int { tensor.rank - 1 }
    /// Voxels of a channel.
    package var voxelCount: Int { channels == 0 ? 0 : tensor.count / channels }
    /// Millimetres from voxel to voxel along each axis.
    package var spacing: [Double] { Array(affine.spacing.prefix(spatialRank)) }

    /// The extents as three, a flat image being one slice thick along the first.
    var three: [Int] { [Int](repeating: 1, count: 3 - spatialRank) + extents }

    /// Where the voxels lie, without their values.
    package var grid: VolumeGrid { VolumeGrid(extents: extents, affine: affine, steps: steps, source: source) }

    /// Values on a grid.
    package init(_ tensor: Tensor, on grid: VolumeGrid) throws(OsteonError) {
        guard Array(tensor.shape.dropFirst()) == grid.extents else {
            throw OsteonError(.internalFault, "Values of shape \(tensor.shape) on a grid of \(grid.extents).")
        }
        try self.init(tensor, affine: grid.affine, steps: grid.steps, source: grid.source)
    }

    /// The same grid with other values.
    func with(_ tensor: Tensor) throws(OsteonError) -> Volume {
        guard Array(tensor.shape.dropFirst()) == extents else {
            throw OsteonError(.internalFault, "Values of shape \(tensor.shape) on a grid of \(extents).")
        }
        var result = self
        result.tensor = tensor
        return result
    }

    /// A label map as bytes.
    /// - Throws: `.unsupported` where a value isn't a whole number from 0 to 255.
    package func labelBytes() throws(OsteonError) -> Volume {
        if tensor.elementType == .u8 { return self }
        let whole = try tensor.wholeNumbers()
        let bytes = try whole.converted(to: .u8)
        guard try TensorComparison(bytes, reference: whole).passes(.exact) else {
            throw OsteonError(.unsupported, "The labels aren't all from 0 to 255.")
        }
        return try with(bytes)
    }

    /// One channel; storage is shared.
    package func channel(_ index: Int) throws(OsteonError) -> Volume {
        guard index >= 0, index < channels else { throw OsteonError(.usage, "There's no channel \(index); the image has \(channels).") }
        var result = self
        result.tensor = try Tensor(
            tensor.elementType, [1] + extents, storage: tensor.storage,
            byteOffset: tensor.byteOffset + index * voxelCount * tensor.elementType.byteCount)
        return result
    }
}

/// A volume's grid: what stays when its values are released.
package struct VolumeGrid: Sendable, Hashable {
    package var extents: [Int]
    package var affine: Affine
    package var steps: [SpatialStep]
    package var source: VolumeSource?

    /// Millimetres from voxel to voxel along each axis.
    package var spacing: [Double] { Array(affine.spacing.prefix(extents.count)) }
}

/// The file a volume came from: what's needed to write a mask onto the same grid.
package struct VolumeSource: Sendable, Hashable {
    /// The files, the first channel's first.
    package var paths: [String]
    /// The first file's header; nil for other formats than NIfTI.
    package var header: NIfTIHeader?
    package var extents: [Int]
    package var affine: Affine

    package init(paths: [String], header: NIfTIHeader?, extents: [Int], affine: Affine) {
        self.paths = paths
        self.header = header
        self.extents = extents
        self.affine = affine
    }
}

/// Bounds on what is taken from a file.
package struct VolumeLimits: Sendable {
    /// Voxels of all channels; four bytes each are held.
    package var voxels = 1 << 30

    package init() {}

    func check(_ shape: [Int]) throws(OsteonError) {
        let count = try Checked.product(shape)
        guard count <= voxels else {
            throw OsteonError(.limitExceeded, "The image has \(count) voxels; \(voxels) at most are read.")
        }
    }
}
