import Bytes
import Contracts
import Imaging
import Tensors
import TestSupport
import Testing

@Suite struct FieldFlowTests {
    private static func step(_ name: String, _ keys: JSONValue, _ arguments: [JSONValue.Member] = []) -> ImagingTransform {
        ImagingTransform(name: name, arguments: [.init("keys", keys)] + arguments)
    }

    private static func plan(_ before: [ImagingTransform], _ after: [ImagingTransform] = []) throws -> ImagingPlan {
        let contract = ImagingContract(
            name: "m", task: .segmentation, input: .init(name: "x"), output: .init(name: "y"),
            pipelines: [ImagingPipeline(source: "", preprocessing: before, postprocessing: after)])
        return try ImagingPlan(contract)
    }

    private static func message(_ before: [ImagingTransform], _ after: [ImagingTransform] = []) -> String {
        do {
            _ = try plan(before, after)
            return ""
        } catch { return "\(error)" }
    }

    static let spacing = step("Spacingd", "image", [.init("pixdim", [1, 1, 1])])

    @Test func aStepOnAFieldThereIsNotIsAnError() {
        let load = Self.step("LoadImaged", "image")
        let scale = Self.step("ScaleIntensityd", "image")
        let discrete = Self.step("AsDiscreted", "pred", [.init("argmax", true)])
        #expect(Self.message([load, Self.spacing, scale], [discrete]) == "")
        // (steps before, steps after, words of the message)
        let cases: [([ImagingTransform], [ImagingTransform], [String])] = [
            (
                [load, Self.step("Spacingd", "img", [.init("pixdim", [1, 1, 1])])], [discrete],
                ["step 2", "Spacingd", "\"img\"", "there is image"]
            ),
            ([scale, Self.step("Spacingd", "img", [.init("pixdim", [1, 1, 1])])], [], ["\"img\"", "there is image"]),
            ([load, Self.step("ScaleIntensityd", ["image", "lable"])], [], ["\"lable\""]),
            (
                [load], [discrete, Self.step("KeepLargestConnectedComponentd", "perd")],
                ["postprocessing", "step 2", "\"perd\"", "image, pred"]
            ),
            (
                [load], [discrete, Self.step("Invertd", "pred", [.init("orig_keys", "imagge"), .init("transform", "@preprocessing")])],
                ["\"imagge\""]
            ),
            ([load, Self.step("CropForegroundd", "image", [.init("source_key", "label")])], [], ["\"label\"", "inference doesn't have"]),
            ([load, Self.step("ConcatItemsd", ["image", "second"], [.init("name", "image")])], [], ["\"second\""]),
            ([Self.step("LoadImaged", ["ct", "pet"]), Self.step("ScaleIntensityd", "ct")], [], ["ct, pet", "image"]),
            ([load, Self.step("ToTensord", "imag")], [], ["\"imag\""]),
        ]
        for (before, after, words) in cases {
            let text = Self.message(before, after)
            for word in words { #expect(text.contains(word), "\(word): \(text)") }
        }
    }

    @Test func namesAreTheStepsOwn() {
        let discrete = { (field: JSONValue) in Self.step("AsDiscreted", field, [.init("argmax", true)]) }
        // References that inference doesn't have, missing keys that are allowed, other names used throughout, and fields made on the way.
        for (before, after) in [
            (
                [Self.step("LoadImaged", ["image", "label"]), Self.step("ScaleIntensityd", ["image", "label"])],
                [discrete(["pred", "label"])]
            ),
            ([Self.step("ScaleIntensityd", "img")], [discrete("output")]),
            ([Self.step("LoadImaged", ["img", "seg"]), Self.step("ScaleIntensityd", ["img", "seg"])], [discrete("logits")]),
            (
                [Self.step("LoadImaged", "image"), Self.step("ScaleIntensityd", ["image", "other"], [.init("allow_missing_keys", true)])],
                [discrete("model")]
            ),
            (
                [Self.step("LoadImaged", ["t1", "t2"]), Self.step("ConcatItemsd", ["t1", "t2"], [.init("name", "image")]), Self.spacing],
                [discrete("seg")]
            ),
            (
                [Self.step("LoadImaged", "image")],
                [
                    discrete("pred"), Self.step("SplitBasedOnLabel", "pred", [.init("label_names", ["a", "b"])]),
                    Self.step("KeepLargestCC", ["a", "pred"]),
                ]
            ),
        ] as [([ImagingTransform], [ImagingTransform])] {
            #expect(Self.message(before, after) == "")
        }
    }

    /// A network's output is worked on under the name its steps give it, field by field.
    @Test func outputsAreDecidedUnderTheirOwnName() throws {
        let grid = try Volume(Tensor(zeros: .f32, [1, 1, 1, 3])).grid
        let scores = try Tensor([0.1, 0.9, 0.5, 0.2, 0.05, 0.5, 0.7, 0.05, 0.1] as [Float], shape: [3, 1, 1, 3])
        for (keys, flags) in [("pred", [true]), (["pred", "label"], [true, false]), (["label", "pred"], [false, true])]
            as [(JSONValue, JSONValue)]
        {
            let plan = try Self.plan([], [Self.step("AsDiscreted", keys, [.init("argmax", flags)])])
            let contract = ImagingContract(name: "m", task: .segmentation, input: .init(name: "x"), output: .init(name: "y"))
            var builder = try MaskBuilder(contract, plan, on: grid)
            let window = try SlidingWindow(region: [1, 1, 3])
            try window.run(
                Tensor(zeros: .f32, [1, 1, 1, 3]), network: { (_) throws(OsteonError) in try scores.reshaped([1, 3, 1, 1, 3]) },
                slab: { (slab) throws(OsteonError) in try builder.add(slab) })
            #expect(try builder.finish(ImagingCase()).tensor.array(UInt8.self) == [2, 0, 0])
        }
    }

    @Test func windowsAreHeldToWhatIsFollowed() {
        func message(_ arguments: [JSONValue.Member]) -> String {
            let inferer = ImagingTransform(name: "SlidingWindowInferer", arguments: [.init("roi_size", [96, 96, 96])] + arguments)
            let pipeline = ImagingPipeline(source: "", window: ImagingWindow(mode: .scanning, region: [96, 96, 96], inferer: inferer))
            let contract = ImagingContract(
                name: "m", task: .segmentation, input: .init(name: "x"), output: .init(name: "y"), pipelines: [pipeline])
            do {
                _ = try ImagingPlan(contract)
                return ""
            } catch { return "\(error)" }
        }
        #expect(message([.init("mode", "gaussian"), .init("sigma_scale", 0.125), .init("progress", true)]) == "")
        #expect(message([.init("overlap", [0.5, 0.25, 0.5])]).contains("overlap"))
        #expect(message([.init("sigma_scale", 0.2)]).contains("sigma_scale"))
        #expect(message([.init("mode", "cosine")]).contains("mode"))
        #expect(message([.init("overlaps", 0.5)]).contains("overlaps"))
        #expect(message([.init("padding", 1e300)]).contains("padding"))
    }
}
