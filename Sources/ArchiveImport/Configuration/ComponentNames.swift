import Bytes
import Contracts

/// The names components had in the first release, and those they have since the second.
enum ComponentNames {
    /// One component renamed, with the arguments that were renamed beside the common ones.
    private struct Renaming {
        var name: String
        var arguments: [String: String] = [:]
    }

    private static let renamed: [String: Renaming] = [
        "LoadNifty": Renaming(name: "LoadNifti"),
        "VolumeTo4DArray": Renaming(name: "ConvertToChannelsFirst"),
        "ResampleVolume": Renaming(name: "ScaleByResolution"),
        "NPResize3D": Renaming(name: "RestoreOriginalShape", arguments: ["nearest": "is_label"]),
        "BratsConvertLabels": Renaming(name: "ConvertToMultiChannelBasedOnBratsClasses", arguments: ["classes": "class_names"]),
        "CropSubVolumeRandomWithinBounds": Renaming(name: "CropFixedSizeRandomCenter"),
        "FlipAxisRandom": Renaming(name: "RandomSpatialFlip"),
        "AugmentIntensityRandomScaleShift": Renaming(name: "ScaleShiftIntensity"),
        "CropSubVolumeBatchPosNegRatio": Renaming(name: "CropByPosNegRatio"),
        "TransformVolumeCropROIFastPosNegRatio": Renaming(name: "FastPosNegRatioCropROI"),
        "NiftyWriter": Renaming(name: "WriteNifti"),
        "MetricAverageFromArrayDice": Renaming(name: "ComputeAverageDice"),
        "MetricAverage": Renaming(name: "ComputeAverage"),
        "ScanWindowInferer": Renaming(name: "TFScanWindowInferer"),
        "SimpleInferer": Renaming(name: "TFSimpleInferer"),
        "ReduceLRPoly": Renaming(name: "ReducePoly"),
        "ImagePipeline": Renaming(name: "SegmentationImagePipeline"),
    ]

    /// Components that only recorded something for another, which now finds it by itself.
    static let absorbed: Set<String> = ["LoadResolutionFromNifty", "Load3DShapeFromNumpy"]

    /// Components that work on one field.
    private static let singular: Set<String> = [
        "SplitAcrossChannels", "SplitBasedOnLabel", "RestoreOriginalShape", "WriteNifti", "ComputeAverage", "ComputeAverageDice",
        "ComputeAUC",
    ]

    /// Arguments of the components absorbed that mean nothing to the one that took them in.
    private static let dropped: [String: Set<String>] = [
        "ResampleVolume": ["resolution"], "NPResize3D": ["output_shape_key"],
    ]

    /// The component in the words of the second release, with MONAI's and AIAA's own names without their packages.
    /// - Parameter isMONAI: whether the name is one of MONAI's, some of which the first release used for other things.
    static func canonical(_ name: String, _ arguments: [JSONValue.Member], isMONAI: Bool) -> ImagingTransform {
        let short = name.split(separator: ".").last.map(String.init) ?? name
        let bare = short.split(separator: "#").first.map(String.init) ?? short
        let renaming = isMONAI ? nil : renamed[bare]
        var result = ImagingTransform(name: renaming?.name ?? bare)
        if bare == "CropSubVolumeBatchPosNegRatio", ImagingTransform(name: "", arguments: arguments).flag("fast_crop") == true {
            result.name = "FastCropByPosNegRatio"
        }
        if result.name != name { result.originalName = name }
        let isOld = renaming != nil || ["SplitAcrossChannels", "SplitBasedOnLabel"].contains(bare)
        for member in arguments where !(dropped[bare]?.contains(member.name) ?? false) {
            var member = member
            switch member.name {
            case "applied_key", "applied_keys": member = field(member.value, of: result.name)
            case "key" where isOld: member = field(member.value, of: result.name)
            case "label_key": member.name = "label_field"
            case "channel_names" where bare == "SplitBasedOnLabel": member.name = "label_names"
            default: member.name = renaming?.arguments[member.name] ?? member.name
            }
            // The newer name wins where a configuration has both.
            let isTaken = arguments.contains { $0.name == member.name } && !arguments.contains(member)
            if !isTaken, !result.arguments.contains(where: { $0.name == member.name }) { result.arguments.append(member) }
        }
        return result
    }

    private static func field(_ value: JSONValue, of name: String) -> JSONValue.Member {
        guard singular.contains(name) else { return .init("fields", value) }
        if case .array(let values) = value, values.count == 1, let only = values.first { return .init("field", only) }
        return .init("field", value)
    }
}
