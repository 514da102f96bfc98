import Bytes
import Contracts
import Imaging
import Workflows

/// Segments scans with a model that says how it's used: its transforms, its sliding window, its labels. Made once, it serves any
/// number of scans.
public final class Segmenter {
    private let inner: ModelSegmentation

    /// - Throws: `.usage` for a model that says nothing about images, `.unsupported` for transforms that aren't known.
    public init(_ model: Model, engine: EngineOptions = EngineOptions()) throws(OsteonError) {
        inner = try facing { () throws(Bytes.OsteonError) in try ModelSegmentation(model.inner, engine: engine.inner()) }
    }

    /// A mask that was written.
    public struct Result: Sendable {
        /// A label and how much of it there is.
        public struct Structure: Sendable, Hashable {
            /// The label's value in the mask.
            public var label: Int
            /// The label's name.
            public var name: String
            /// How many voxels have it.
            public var voxels: Int
            /// Their volume.
            public var millilitres: Double
        }

        /// Every label of the model but the background.
        public var structures: [Structure]
        /// Extents of the mask, which are the scan's.
        public var extents: [Int]
        /// A voxel's edges in millimetres, by axis.
        public var spacing: [Double]
        /// What a person should know, a sentence each.
        public var notes: [String]
    }

    /// Segments a scan and writes the mask, on the scan's own grid, as NIfTI.
    /// - Parameters:
    ///   - images: a file with all channels, or one a channel.
    ///   - destination: `.nii` or `.nii.gz`.
    /// - Throws: what reading the scan throws; `.usage` for channels that don't fit; `.outputFailed`.
    public func segment(_ images: [String], to destination: String) throws(OsteonError) -> Result {
        let segmentation = try facing { () throws(Bytes.OsteonError) in
            try OutputPaths.check([destination], inputs: images)
            let segmentation = try inner.run(images)
            try NIfTIWriter.write(segmentation.mask, to: destination)
            return segmentation
        }
        let volume = abs(segmentation.mask.affine.determinant) / 1000
        return Result(
            structures: segmentation.counts.map {
                .init(label: $0.label.index, name: $0.label.name, voxels: $0.voxels, millilitres: Double($0.voxels) * volume)
            },
            extents: segmentation.mask.extents, spacing: segmentation.mask.spacing, notes: segmentation.notes)
    }
}
