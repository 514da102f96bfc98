import Bytes
import CKernels
import Tensors

/// Writes volumes as NIfTI: `.nii`, or `.nii.gz` by the file's name. The same volume gives the same bytes.
package enum NIfTIWriter {
    /// Slices converted at once.
    private static let planes = 16

    /// Writes a volume onto the grid it lies on.
    ///
    /// Where that's the grid of its source, the source's header is kept but for type, extents and scaling: the file overlays
    /// the scan in any viewer. Header extensions aren't carried over: they may name the patient.
    /// - Throws: `.outputFailed`, `.usage` for another ending.
    package static func write(_ volume: Volume, to path: String) throws(OsteonError) {
        let lower = path.lowercased()
        guard lower.hasSuffix(".nii") || lower.hasSuffix(".nii.gz") else {
            throw OsteonError(.usage, "\(path): volumes are written as .nii or .nii.gz.")
        }
        let type: NIfTIHeader.DataType = volume.tensor.elementType == .u8 ? .u8 : .f32
        var extents = volume.extents
        if volume.channels > 1 { extents += [Int](repeating: 1, count: 3 - extents.count) + [volume.channels] }
        let header: NIfTIHeader
        if let source = volume.source, let own = source.header, source.extents == volume.extents, source.affine == volume.affine {
            header = own.describing(type, extents: extents)
        } else {
            header = NIfTIHeader(affine: volume.affine, extents: extents, type: type)
        }
        let writer = try GzipWriter(isCompressed: lower.hasSuffix(".gz"))
        try writer.write(header.encoded().span)
        try writeVoxels(volume, writer)
        try writer.write(to: path)
    }

    /// Voxels in the file's order, x fastest.
    private static func writeVoxels(_ volume: Volume, _ writer: GzipWriter) throws(OsteonError) {
        let element = volume.tensor.elementType.byteCount
        // A flat image has no z.
        let three = volume.extents + [Int](repeating: 1, count: 3 - volume.spatialRank)
        let room = try TensorStorage(byteCount: Checked.multiply(three[0] * three[1] * element, min(planes, three[2])))
        for channel in 0..<volume.channels {
            for first in stride(from: 0, to: three[2], by: planes) {
                let count = min(planes, three[2] - first)
                var block = osteon_block()
                block.rank = 3
                block.element = element
                block.extent = [three[1], three[0], count].eight
                block.from_stride = [three[2] * element, three[1] * three[2] * element, element].eight
                block.to_stride = [three[0] * element, element, three[0] * three[1] * element].eight
                var target = room.mutableBytes
                VolumeKernels.copy(
                    block, of: volume.tensor, from: (channel * volume.voxelCount + first) * element, into: &target)
                try writer.write(room.bytes.span.extracting(0..<count * three[0] * three[1] * element))
            }
        }
    }
}
