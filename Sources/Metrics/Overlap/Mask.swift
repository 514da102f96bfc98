import Bytes
import Tensors

/// A yes or no for each voxel of a plane or a volume, row-major.
package struct Mask: Sendable {
    /// Two or three extents.
    package let shape: [Int]
    /// 0 or 1 a voxel.
    package let voxels: [UInt8]

    /// The voxels of a label volume that hold `label`.
    /// - Throws: `.malformed` for floats that aren't whole numbers; `.invalidGraph` for a shape that's no plane or volume.
    package init(_ volume: Tensor, label: Int) throws(OsteonError) {
        shape = try Self.extents(of: volume)
        voxels = try LabelCodes.codes(volume, labels: [label])
    }

    /// The voxels of a label volume that hold one of `labels`: a region.
    /// - Throws: as for one label; `.usage` for labels that repeat or are no labels.
    package init(_ volume: Tensor, labels: [Int]) throws(OsteonError) {
        shape = try Self.extents(of: volume)
        voxels = try LabelCodes.union(volume, labels: labels)
    }

    /// The voxels above `threshold`. Nothing is above a NaN.
    /// - Throws: `.invalidGraph` for a shape that's no plane or volume.
    package init(_ volume: Tensor, above threshold: Double) throws(OsteonError) {
        shape = try Self.extents(of: volume)
        let values = try volume.converted(to: .f32)
        let limit = Float(threshold)
        try MemoryBudget.current.check(values.count)
        let elements = values.elements(Float.self)
        voxels = elements.indices.map { elements[$0] > limit ? 1 : 0 }
    }

    /// - Throws: `.invalidGraph` where the number of voxels or of extents doesn't fit.
    package init(shape: [Int], voxels: [Bool]) throws(OsteonError) {
        let volume = try Tensor(voxels.map { $0 ? 1 : 0 } as [UInt8], shape: shape)
        try self.init(volume, label: 1)
    }

    private init(_ shape: [Int], _ voxels: [UInt8]) {
        self.shape = shape
        self.voxels = voxels
    }

    /// Without the voxels of another mask of the same shape.
    /// - Throws: `.invalidGraph` where the shapes differ.
    package func removing(_ other: Mask) throws(OsteonError) -> Mask {
        guard other.shape == shape else { throw OverlapCounts.different(shape, other.shape) }
        return Mask(shape, zip(voxels, other.voxels).map { $0 & ($1 ^ 1) })
    }

    /// The shape without leading extents of 1 that make it more than a volume.
    static func extents(of volume: Tensor) throws(OsteonError) -> [Int] {
        var shape = volume.shape[...]
        while shape.count > 3, shape.first == 1 { shape.removeFirst() }
        guard shape.count == 2 || shape.count == 3 else {
            throw OsteonError(.invalidGraph, "A mask is a plane or a volume, not of shape \(volume.shape).")
        }
        return Array(shape)
    }

    /// Whether the voxel at `index` is in; outside the shape none is.
    package subscript(index: [Int]) -> Bool {
        guard index.count == shape.count, zip(index, shape).allSatisfy({ $0 >= 0 && $0 < $1 }) else { return false }
        return voxels[zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }] == 1
    }

    /// How many voxels are in.
    package var count: Int { voxels.reduce(0) { $0 + Int($1) } }
}
