import Bytes
import Tensors

/// A volume of labels from a file, read in one way by everything that compares masks.
package enum LabelVolume {
    /// Reads a label map, its values brought to the whole numbers they stand for.
    /// - Throws: `.malformed` where a value stands for none.
    package static func read(_ path: String, limits: VolumeLimits = VolumeLimits()) throws(OsteonError) -> Volume {
        let volume = try VolumeFile.read(path, limits: limits)
        return try locating(path) { () throws(OsteonError) in try volume.with(volume.tensor.wholeNumbers()) }
    }
}

/// A reference as an evaluation needs it.
package struct ReferenceLabel: Sendable {
    /// As the model's own label transforms make it, on the file's own grid.
    package var volume: Volume
    /// As it's stored: the different values of a label map, rising; empty for a file of several channels.
    package var storedValues: [Int]
    /// 1 where the stored value is the one to be left out; nil where there's none such.
    package var ignored: Tensor?
}

extension AxisOrder {
    /// What brings the axes of one grid to run as those of another that covers the same voxels: each axis is the one that points
    /// along it. nil where the axes of the two don't pair off.
    package init?(from: Affine, onto: Affine, rank: Int) {
        var source: [Int] = []
        var flipped: [Bool] = []
        for axis in 0..<rank {
            let wanted = onto.columns[axis]
            let alike = (0..<rank).map { (from.columns[$0] * wanted).sum() / (from.spacing[$0] * onto.spacing[axis]) }
            guard let best = alike.indices.max(by: { abs(alike[$0]) < abs(alike[$1]) }), abs(alike[best]) > 0.5 else { return nil }
            source.append(best)
            flipped.append(alike[best] < 0)
        }
        guard Set(source).count == rank else { return nil }
        self.init(source: source, flipped: flipped)
    }
}

extension VolumeGrid {
    /// Whether two grids have the same voxels in space, axis for axis.
    package func matches(_ other: VolumeGrid) -> Bool { extents == other.extents && affine.matches(other.affine, extents: extents) }
}

extension Volume {
    /// The volume with its axes exchanged and mirrored as a grid has them; nil where the two don't have the same voxels in space.
    package func turned(onto other: VolumeGrid) throws(OsteonError) -> Volume? {
        if grid.matches(other) { return self }
        guard spatialRank == other.extents.count, let order = AxisOrder(from: affine, onto: other.affine, rank: spatialRank) else {
            return nil
        }
        let turned = try reordered(order)
        return turned.grid.matches(other) ? turned : nil
    }
}
