import Contracts
import TestSupport
import Testing

@Suite struct ImagingContractTests {
    /// Every member, and every way to leave one out.
    static let full = ImagingContract(
        name: "segmentation_ct_spleen_v1", task: .segmentation, text: "a sentence",
        input: .init(name: "NV_MODEL_INPUT", channels: [.init(name: "CT", modality: "CT"), .init(name: "points")]),
        output: .init(
            name: "NV_MODEL_OUTPUT", layout: .channelsLast, channels: 2, activation: .softmax,
            labels: [.init(index: 0, name: "background"), .init(index: 1, name: "spleen")]),
        pipelines: [
            ImagingPipeline(
                source: "config/config_validation.json",
                preprocessing: [
                    ImagingTransform(
                        name: "ScaleIntensityRange",
                        arguments: [
                            .init("fields", "image"), .init("a_min", -57), .init("a_max", 164.5), .init("clip", true),
                            .init("nothing", nil),
                            .init("nested", ["a": [1, 2.0, "x"]]),
                        ],
                        originalName: "Scale")
                ],
                window: ImagingWindow(
                    mode: .scanning, region: [160, 160, 160], batch: 3, overlap: 0.25,
                    inferer: ImagingTransform(name: "TFScanWindowInferer")),
                postprocessing: [ImagingTransform(name: "ArgmaxAcrossChannels")]),
            ImagingPipeline(source: "config/config_aiaa.json", window: ImagingWindow(mode: .simple)),
        ],
        labelTransforms: [ImagingTransform(name: "LoadNifti")], metrics: [ImagingTransform(name: "ComputeAverageDice")],
        datasets: [.init(file: "config/dataset_0.json", name: "Spleen", lists: [.init(name: "training", count: 32)])],
        documentation: .init(
            model: "segmentation_ct_spleen", documentedChannels: 2, channels: 2,
            targets: [.init(metric: "dice", name: "spleen", label: 1, value: 0.951), .init(metric: "dice", name: "mean", value: 1)],
            notes: ["n"]),
        sources: [.init(part: "model", file: "models/model.fzn.pb")], notes: ["a note"])
    static let least = ImagingContract(name: "", task: .unknown, input: .init(name: "x"), output: .init(name: "y"))

    @Test(arguments: [full, least]) func jsonReadsBackTheSame(contract: ImagingContract) throws {
        let text = contract.json.text()
        let back = try ImagingContract(json: JSONValue(parsing: text))
        #expect(back == contract)
        #expect(back.json.text() == text)
    }

    static let lies: [(path: [String], value: JSONValue?)] = [
        (["schema"], "osteon.imaging.2"), (["schema"], nil), (["task"], "guessing"), (["input", "layout"], "sideways"),
        (["input", "name"], nil),
        (["output", "channels"], -1), (["output", "activation"], "relu"),
        (["output", "labels"], [["index": 1, "name": "a"], ["index": 1, "name": "b"]]),
        (["pipelines"], nil), (["pipelines"], [["source": "a", "preprocessing": [], "postprocessing": [], "window": ["mode": "jumping"]]]),
        (["metrics"], [["name": "a"]]), (["metrics"], [["name": "a", "arguments": []]]),
        (["datasets"], [["file": "a", "lists": [["name": "a", "count": -1]]]]),
        (["documentation", "targets"], [["metric": "dice", "name": "a"]]), (["sources"], [["part": "a"]]), (["notes"], "one"),
        (["more"], 1),
    ]

    @Test(arguments: lies.indices) func anyOtherShapeIsRefused(index: Int) throws {
        let (path, value) = Self.lies[index]
        let changed = Self.set(Self.full.json, path[...], value)
        let code = errorCode { _ = try ImagingContract(json: changed) }
        #expect(code == (value == "osteon.imaging.2" ? .unsupported : .malformed), "\(path)")
    }

    private static func set(_ json: JSONValue, _ path: ArraySlice<String>, _ value: JSONValue?) -> JSONValue {
        guard let first = path.first, case .object(var members) = json else { return value ?? .null }
        let old = json[first] ?? .null
        members.removeAll { $0.name == first }
        if path.count > 1 {
            members.append(.init(first, set(old, path.dropFirst(), value)))
        } else if let value {
            members.append(.init(first, value))
        }
        return .object(members)
    }

    @Test func argumentsAreReadAsTheyAreWritten() {
        let transform = ImagingTransform(
            name: "ScaleIntensityRanged",
            arguments: [
                .init("keys", ["image", "label"]), .init("a_min", "-57"), .init("a_max", 164), .init("clip", "True"),
                .init("sizes", [1, 2.5]),
                .init("one", 3), .init("mixed", [1, "x"]), .init("off", 0),
            ])
        #expect(transform.fields == ["image", "label"])
        #expect(
            transform.intensityRange?.sourceMinimum == -57 && transform.intensityRange?.clips == true
                && transform.intensityRange?.targetMaximum == 1)
        #expect(transform.numbers("sizes") == [1, 2.5] && transform.numbers("one") == [3] && transform.numbers("mixed") == nil)
        #expect(transform.flag("off") == false && transform.flag("sizes") == nil && transform.text("clip") == "True")
        #expect(
            ImagingTransform(name: "NormalizeIntensityd", arguments: [.init("nonzero", true), .init("channel_wise", true)])
                .normalizesNonzero)
        #expect(!ImagingTransform(name: "NormalizeIntensityd", arguments: [.init("nonzero", true)]).normalizesNonzero)
        #expect(ImagingTransform(name: "Spacingd", arguments: [.init("pixdim", [1.5, 1.5, 2])]).targetResolution == [1.5, 1.5, 2])
    }
}
