import Bytes
import Imaging
import Tensors

/// Two label volumes from files, voxel beside voxel.
package struct MaskFiles: Sendable {
    /// [x, y, z], or the axes of the arrays.
    package let prediction: Tensor
    package let reference: Tensor
    /// The voxel's edges in millimetres by axis, where a file says them.
    package let spacing: [Double]?

    /// Reads `.npy` arrays and NIfTI or PNG label volumes.
    ///
    /// Volumes must lie on one grid in space; stored along other axes or from other ends, they are turned alike. An array has no
    /// place in space and is taken to have its axes as the other file has them.
    /// - Throws: `.invalidGraph` where the grids differ, `.unsupported` for volumes of several channels.
    package init(prediction first: String, reference second: String) throws(OsteonError) {
        let predicted = try Self.read(first)
        let referenced = try Self.read(second)
        switch (predicted, referenced) {
        case (.volume(let mine), .volume(let theirs)):
            guard let turned = try mine.turned(onto: theirs.grid) else {
                let texts = mine.gridTexts(beside: theirs)
                throw OsteonError(
                    .invalidGraph,
                    "\(first) lies on another grid (\(texts.own)) than \(second) (\(texts.other)); they can't be compared voxel by voxel.")
            }
            (prediction, reference, spacing) = (try Self.labels(turned), try Self.labels(theirs), Self.spacing(theirs))
        case (.volume(let volume), .array(let array)):
            (prediction, reference, spacing) = (try Self.labels(volume), array, Self.spacing(volume))
        case (.array(let array), .volume(let volume)):
            (prediction, reference, spacing) = (array, try Self.labels(volume), Self.spacing(volume))
        case (.array(let mine), .array(let theirs)): (prediction, reference, spacing) = (mine, theirs, nil)
        }
    }

    private enum Content {
        case array(Tensor)
        case volume(Volume)
    }

    private static func read(_ path: String) throws(OsteonError) -> Content {
        let file = try MappedFile(path: path)
        if file.bytes.starts(with: [0x93] + Array("NUMPY".utf8)) { return .array(try NPY.read(path)) }
        let volume = try LabelVolume.read(path)
        guard volume.channels == 1 else {
            throw OsteonError(.unsupported, "\(path) has \(volume.channels) channels; a label volume has one.")
        }
        return .volume(volume)
    }

    private static func labels(_ volume: Volume) throws(OsteonError) -> Tensor { try volume.tensor.reshaped(volume.extents) }

    /// A picture says no voxel size.
    private static func spacing(_ volume: Volume) -> [Double]? { volume.source?.header == nil ? nil : volume.spacing }
}
