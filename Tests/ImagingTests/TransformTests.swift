import Bytes
import Contracts
import Imaging
import Tensors
import TestSupport
import Testing

@Suite struct TransformTests {
    /// What a transform makes of a volume as field `image`.
    static func apply(_ name: String, _ arguments: JSONValue = .object([]), to volume: Volume) throws -> Volume {
        var members = try arguments.members()
        if members.first(where: { ["fields", "field", "keys"].contains($0.name) }) == nil { members.append(.init("fields", "image")) }
        var fields = ImagingCase(volumes: ["image": volume])
        try TransformTable.make(ImagingTransform(name: name, arguments: members)).apply(to: &fields)
        return try fields.volume("image")
    }

    static func row(_ values: [Float], channels: Int = 1) throws -> Volume {
        try Volume(Tensor(values, shape: [channels, 1, 1, values.count / channels]))
    }

    /// Whole numbers at their limits, where sizes and margins are asked for.
    @Test(arguments: [
        ("SpatialPadd", "spatial_size"), ("BorderPadd", "spatial_border"), ("DivisiblePadd", "k"), ("CenterSpatialCropd", "roi_size"),
        ("ResizeWithPadOrCropd", "spatial_size"), ("Resized", "spatial_size"), ("ScaleToShape", "target_shape"),
    ])
    func numbersAtTheirLimits(_ name: String, _ argument: String) throws {
        for value: JSONValue in [.integer(.min), .integer(.max), .number(-0x1p63), .number(1e300), .integer(-1), .integer(1 << 20)] {
            let code = errorCode { _ = try Self.apply(name, .object([.init(argument, value)]), to: Samples.places([3, 4, 5])) }
            #expect(code == nil || code == .unsupported || code == .limitExceeded || code == .invalidGraph, "\(name) \(value.text())")
        }
    }

    @Test func intensities() throws {
        let range: JSONValue = ["a_min": -10, "a_max": 10, "b_min": 0, "b_max": 1, "clip": true]
        #expect(try Samples.values(Self.apply("ScaleIntensityRange", range, to: Self.row([-20, 0, 5, 30]))) == [0, 0.5, 0.75, 1])
        #expect(try Samples.values(Self.apply("ScaleIntensityd", to: Self.row([2, 4, 6]))) == [0, 0.5, 1])
        #expect(
            try Samples.values(Self.apply("NormalizeNonzeroIntensities", to: Self.row([0, 1, 3, 0, 2, 6], channels: 2))) == [
                0, -1, 1, 0, -1, 1,
            ])
        #expect(try Samples.values(Self.apply("NormalizeIntensityd", ["subtrahend": 1, "divisor": 2], to: Self.row([1, 3]))) == [0, 1])
        #expect(try Samples.values(Self.apply("CenterData", to: Self.row([1, 3]))) == [-1, 1])
        #expect(
            try Samples.values(Self.apply("ThresholdIntensityd", ["threshold": 2, "above": false, "cval": 9], to: Self.row([1, 2, 3]))) == [
                1, 9, 9,
            ])
    }

    @Test func channels() throws {
        let volume = try Self.row([1, 2])
        #expect(try Samples.values(Self.apply("RepeatChannel", ["repeat_times": 3], to: volume)) == [1, 2, 1, 2, 1, 2])
        let labels = try Self.row([0, 1, 2, 4])
        #expect(
            try Samples.values(Self.apply("ConvertToMultiChannelBasedOnBratsClasses", to: labels)) == [0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 1])
        var fields = ImagingCase(volumes: ["model": labels])
        try TransformTable.make(
            ImagingTransform(name: "SplitBasedOnLabel", arguments: [.init("field", "model"), .init("label_names", ["bg", "one", "two"])])
        ).apply(to: &fields)
        #expect(try Samples.values(fields.volume("two")) == [0, 0, 1, 0])
        #expect(try Samples.values(fields.volume("model")) == [0, 1, 2, 4])
    }

    @Test func decisions() throws {
        let scores = try Self.row([0.1, 0.9, 0.5, 0.2, 0.05, 0.5, 0.7, 0.05, 0.1], channels: 3)
        #expect(try Samples.values(Self.apply("ArgmaxAcrossChannels", to: scores)) == [2, 0, 0])
        #expect(try Samples.values(Self.apply("ThresholdValues", ["threshold": 0.5], to: Self.row([0.4, 0.5, 0.6]))) == [0, 0, 1])
        #expect(try Samples.values(Self.apply("AsDiscreted", ["threshold": 0.5], to: Self.row([0.4, 0.5, 0.6]))) == [0, 1, 1])
        #expect(
            try Samples.values(Self.apply("AsDiscreted", ["argmax": true, "to_onehot": 3], to: scores)) == [0, 1, 1, 0, 0, 0, 1, 0, 0])
        let softmax = try Samples.values(Self.apply("Activationsd", ["softmax": true], to: Self.row([0, 0, 0, 0], channels: 2)))
        #expect(softmax == [0.5, 0.5, 0.5, 0.5])
    }

    @Test func largestParts() throws {
        // Two parts of label 1 (three voxels in a diagonal, and two side by side), one of label 2.
        let volume = try Volume(Tensor([1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0] as [Float], shape: [1, 1, 4, 5]))
        #expect(
            try Samples.values(Self.apply("KeepLargestCC", to: volume)) == [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0])
        #expect(
            try Samples.values(Self.apply("KeepLargestConnectedComponentd", ["connectivity": 1], to: volume))
                == [0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0])
    }

    @Test func extremePointsOfALabelBecomeAChannel() throws {
        var label = [Float](repeating: 0, count: 9 * 9 * 9)
        label[(4 * 9 + 4) * 9 + 4] = 1
        var fields = ImagingCase(volumes: [
            "image": try Volume(Tensor(zeros: .f32, [1, 9, 9, 9])), "label": try Volume(Tensor(label, shape: [1, 9, 9, 9])),
        ])
        try TransformTable.make(
            ImagingTransform(
                name: "AddExtremePointsChannel",
                arguments: [.init("image_field", "image"), .init("label_field", "label"), .init("sigma", 1)])
        ).apply(to: &fields)
        let values = try Samples.values(fields.volume("image"))
        #expect(values.count == 2 * 729 && values[729 + (4 * 9 + 4) * 9 + 4] == 1 && values[729] == -1)
    }

    @Test func unknownAndTrainingTransformsAreNamed() {
        func message(_ name: String, _ arguments: [JSONValue.Member] = [.init("fields", "image")]) -> String {
            do {
                _ = try TransformTable.make(ImagingTransform(name: name, arguments: arguments))
                return ""
            } catch { return "\(error)" }
        }
        #expect(message("FrobnicateVolume").contains("FrobnicateVolume"))
        #expect(message("RandFlipd").contains("RandFlipd"))
        #expect(message("AddGaussianNoise", [.init("fields", "image"), .init("probability", 0)]) == "")
        #expect(message("ScaleIntensityRange").contains("a_min"))
        #expect(message("Orientationd", [.init("keys", "image"), .init("axcodes", "XYZ")]).contains("XYZ"))
        #expect(message("Spacingd", [.init("keys", "image"), .init("pixdim", [1, 1, 1]), .init("wobble", 3)]).contains("wobble"))
        #expect(message("Spacingd", [.init("keys", "image"), .init("pixdim", "$[1.0] * 3")]).contains("expression"))
        #expect(TransformTable.names.count > 40)
        #expect(TransformTable.duplicates == [])
    }
}
