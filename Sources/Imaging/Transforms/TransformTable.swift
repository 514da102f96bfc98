import Bytes
import Contracts

/// Every transform Osteon knows, by Clara Train's or MONAI's name.
///
/// MONAI's names for fields of a case end in `d`, `D` or `Dict`; the table has them without. A name that isn't here is an
/// error; one that only training uses is an error too, unless it's configured never to act.
package enum TransformTable {
    typealias Maker = @Sendable (ImagingTransform) throws(OsteonError) -> any CaseTransform

    private static let makers = FamilyTable<Maker>([
        LoadingTransforms.table, IntensityTransforms.table, SamplingTransforms.table, CropPadTransforms.table, ChannelTransforms.table,
        DecisionTransforms.table, ComponentTransforms.table, RestoringTransforms.table,
    ])

    /// Steps that only record, write or place data, and leave values as they are.
    private static let idle: Set<String> = [
        "ConvertToChannelsFirst", "ConvertToChannelsLast", "EnsureChannelFirst", "AddChannel", "AsChannelFirst", "AsChannelLast",
        "ToTensor", "ToDevice", "ToNumpy", "Identity", "CopyProperties", "FetchExtremePoints", "WriteNifti", "WriteClassificationResult",
        "SaveImage",
        "DeleteItems", "SelectItems", "SaveClassification", "DataStats",
    ]

    /// Of these, the ones that may name what only a program has beside its images: metadata, points, reports.
    private static let bookkeeping: Set<String> = [
        "CopyProperties", "FetchExtremePoints", "WriteClassificationResult", "DeleteItems", "SelectItems", "SaveClassification",
        "DataStats",
    ]

    /// What only training does. With `prob` or `probability` 0 they never act.
    private static let training: Set<String> = [
        "FastCropByPosNegRatio", "CropByPosNegRatio", "FastPosNegRatioCropROI", "CropFixedSizeRandomCenter", "CropSubVolumeCenter",
        "CropRandomSizeWithDisplacement", "RandomAxisFlip", "RandomSpatialFlip", "RandomRotate2D", "RandomRotate3D", "RandomZoom",
        "ScaleShiftIntensity", "ScaleIntensityOscillation", "AddGaussianNoise", "SymmetricPadderDiv",
    ]

    /// All names, for documentation and tests.
    package static var names: [String] { (makers.names + idle).sorted() }

    /// Names that stand for two things.
    package static var duplicates: [String] { makers.duplicates + idle.union(training).filter { makers[$0] != nil } }

    /// The step a configuration describes.
    /// - Throws: `.unsupported` naming the transform or the argument that isn't known.
    package static func make(_ description: ImagingTransform) throws(OsteonError) -> any CaseTransform {
        let shown = description.originalName ?? description.name
        if let path = description.originalName, path != description.name, path.contains("."), !isKnownPackage(path) {
            throw OsteonError(.unsupported, "The transform \(path) is code of the archive's own, which Osteon doesn't run.")
        }
        for name in candidates(description.name) {
            if let maker = makers[name] { return try locating("transform \(shown)") { () throws(OsteonError) in try maker(description) } }
            if idle.contains(name) { return NoTransform(use: FieldUse(bookkeeping.contains(name) ? [] : description.fields)) }
            if training.contains(name) || name.hasPrefix("Rand") {
                let chance = description.number("prob") ?? description.number("probability")
                if chance == 0 { return NoTransform(use: FieldUse(description.fields)) }
                throw OsteonError(
                    .unsupported, "The transform \(shown) is for training: it changes images at random, and its place isn't in inference.")
            }
        }
        throw OsteonError(.unsupported, "The transform \(shown) isn't known to Osteon.")
    }

    /// Whether a transform lays another grid over the image.
    static func resamples(_ description: ImagingTransform) -> Bool { SamplingTransforms.table.keys.contains(where: description.isNamed) }

    private static func isKnownPackage(_ path: String) -> Bool {
        ["monai.", "ai4med.", "aiaa.", "medical.", "nvmidl.", "medl."].contains { path.hasPrefix($0) }
    }

    /// A name as it is, then without the ending of transforms on fields.
    private static func candidates(_ name: String) -> [String] {
        var result = [name]
        for ending in ["Dict", "d", "D"] where name.hasSuffix(ending) { result.append(String(name.dropLast(ending.count))) }
        return result
    }
}
