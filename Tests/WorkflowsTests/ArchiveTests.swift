import ArchiveImport
import Bytes
import Container
import Contracts
import Foundation
import Testing
import Workflows

/// An archive's folder through the commands: inspected, converted, and its native file inspected again.
@Suite struct ArchiveTests {
    private func archive(_ folder: Scratch) throws -> String {
        let path = folder.file("segmentation_ct_liver_and_tumor_v1")
        for name in ["config", "models"] {
            try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(atPath: Project.fixture("tensorflow/segresnet.pb"), toPath: "\(path)/models/model.fzn.pb")
        try write(
            "environment.json", ["DATASET_JSON": "config/dataset_0.json", "PROCESSING_TASK": "segmentation", "MMAR_CKPT_DIR": "models"],
            path)
        try write(
            "dataset_0.json",
            [
                "name": "Liver", "labels": ["0": "background", "1": "liver", "2": "cancer"], "modality": ["0": "CT"],
                "training": [["image": "a.nii"], ["image": "b.nii"]], "validation": [["image": "c.nii"]],
            ], path)
        try write(
            "config_validation.json",
            [
                "pre_transforms": [
                    ["name": "ScaleIntensityRange", "args": ["fields": "image", "a_min": -21, "a_max": 189, "clip": true]]
                ],
                "inferer": ["name": "TFScanWindowInferer", "args": ["roi_size": [160, 160, 160], "batch_size": 3]],
                "post_transforms": [["name": "ArgmaxAcrossChannels", "args": ["fields": "model"]]],
            ], path)
        return path
    }

    private func write(_ name: String, _ json: JSONValue, _ path: String) throws {
        try Data(json.encoded()).write(to: URL(fileURLWithPath: "\(path)/config/\(name)"))
    }

    private func imaging(_ path: String) throws -> ImagingContract {
        let result = try Command.run("inspect", path, "--json", "--shape", "1x1x32x32x32")
        #expect(result.status == 0, "\(result.errors)")
        return try ImagingContract(json: JSONValue(parsing: result.output).member("imaging"))
    }

    @Test func aNativeFileSaysWhatItsArchiveSaid() throws {
        let folder = try Scratch()
        let source = try archive(folder)
        let native = folder.file("a.osteon")
        let again = folder.file("b.osteon")
        let contract = try imaging(source)
        #expect(contract.output.labels.map(\.name) == ["background", "liver", "cancer"])
        #expect(contract.window?.region == [160, 160, 160])
        #expect(contract.documentation?.targets.map(\.value) == [0.932, 0.495])
        let convert = try Command.run("convert", source, "-o", native, "--reference", Project.fixture("tensorflow/segresnet.npz"))
        #expect(convert.status == 0, "\(convert.errors)")
        #expect(try imaging(native) == contract)
        // Converting the native file once more loses nothing.
        #expect(try Command.run("convert", native, "-o", again).status == 0)
        #expect(try imaging(again) == contract)
        let sources = try NativeReader.open(native).provenance.sources.map(\.name)
        #expect(
            sources.first == "model.fzn.pb"
                && Set(sources).isSuperset(of: ["config_validation.json", "dataset_0.json", "environment.json"]))
    }

    @Test func theTextShowsTheContract() throws {
        let folder = try Scratch()
        let result = try Command.run("inspect", try archive(folder))
        #expect(result.status == 0, "\(result.errors)")
        for words in ["ScaleIntensityRange -21…189", "1 liver", "160×160×160, 3 at once", "2 training, 1 validation", "dice tumor 0.495"] {
            #expect(result.output.contains(words), "\(words)")
        }
    }

    /// An archive whose model isn't there still says what its configurations say; other commands refuse it.
    @Test func anArchiveWithoutItsModelShowsTheContract() throws {
        let folder = try Scratch()
        let path = try archive(folder)
        let whole = try imaging(path)
        try FileManager.default.removeItem(atPath: "\(path)/models/model.fzn.pb")
        let text = try Command.run("inspect", path)
        #expect(text.status == 0, "\(text.errors)")
        for words in ["1 liver", "160×160×160, 3 at once", "dice tumor 0.495", "CT", "no model"] {
            #expect(text.output.contains(words), "\(words): \(text.output)")
        }
        let json = try Command.run("inspect", path, "--json")
        let contract = try ImagingContract(json: JSONValue(parsing: json.output).member("imaging"))
        #expect(
            contract.output.labels == whole.output.labels && contract.window == whole.window
                && contract.input.channels == whole.input.channels)
        #expect(contract.documentation?.targets == whole.documentation?.targets)
        #expect(try Command.run("convert", path, "-o", folder.file("x.osteon")).status != 0)
    }

    /// A misspelt member that would change the result is an error that names it.
    @Test func misspeltMembersAreNamed() throws {
        let folder = try Scratch()
        let path = try archive(folder)
        try write(
            "config_validation.json",
            [
                "multi_gpu": false, "roi": [1, 2, 3],
                "pre_transform": [["name": "ScaleIntensityRange", "args": ["fields": "image", "a_min": -21, "a_max": 189]]],
                "post_transforms": [["name": "ArgmaxAcrossChannels", "args": ["fields": "model"]]],
            ], path)
        let result = try Command.run("inspect", path)
        #expect(
            result.status == 2 && result.errors.contains("\"pre_transform\"") && result.errors.contains("config_validation.json"),
            "\(result.errors)")
    }

    /// A plain one has no effect, which is said.
    @Test func settingsThatAreNotKnownAreNoted() throws {
        let folder = try Scratch()
        let path = try archive(folder)
        let file = path + "/config/config_validation.json"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(try !Command.run("inspect", path).output.contains("misspelt"))
        let start = try #require(text.firstIndex(of: "{"))
        try ("{\"use_scaning_window\": true, \"batch_size\": 2," + text[text.index(after: start)...])
            .write(toFile: file, atomically: true, encoding: .utf8)
        let result = try Command.run("inspect", path)
        #expect(result.status == 0 && result.output.contains("\"use_scaning_window\" isn't a setting"), "\(result.output)\(result.errors)")
    }

    @Test func aModelWithoutAnArchiveHasNone() throws {
        let result = try Command.run("inspect", Project.fixture("tensorflow/segresnet.pb"), "--json")
        #expect(try JSONValue(parsing: result.output).member("imaging") == .null)
    }

    /// Every archive of the fixtures: its labels fit its network, its scores are those of its card.
    @Test(arguments: MMARFixtureTests.names) func fixturesAreKnownByTheirFolders(name: String) throws {
        let model = try Model.open(Project.fixture("mmar/\(name)"))
        let contract = try #require(model.imaging)
        #expect(model.inputNames.contains(contract.input.name) && model.outputNames.contains(contract.output.name))
        #expect(contract.preprocessing.isEmpty == false && contract.window != nil)
        guard let entry = try Catalogue.standard().model(named: name) else {
            #expect(contract.documentation == nil)
            return
        }
        #expect(contract.documentation?.targets.map(\.value) == entry.targets.map(\.value))
        guard entry.task != .annotation else { return }
        #expect(contract.task.rawValue == entry.task.rawValue)
        #expect(contract.output.channels == entry.output.channels && contract.output.activation?.rawValue == entry.output.activation)
        #expect(contract.output.labels.map(\.index) == entry.output.labels.map(\.index))
        #expect(contract.input.channels.count == entry.input.graphChannels)
    }
}
