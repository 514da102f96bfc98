import ArchiveImport
import Contracts
import Foundation
import TestSupport
import Testing

/// Archives that lie: nothing outside their folder is opened, nothing grows without bound, every error is a typed one.
@Suite struct HostileArchiveTests {
    static let outside: [JSONValue] = ["/etc/passwd", "{MMAR_CKPT_DIR}/../../x.pb", "models/../../x", "models/\0x.pb", "{ROOT}/passwd"]

    @Test(arguments: outside) func aModelOutsideIsRefused(path: JSONValue) throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.write("config/environment.json", ["MMAR_CKPT_DIR": "models", "ROOT": "/etc"])
            try archive.write(
                "config/config_validation.json",
                [
                    "pre_transforms": [], "model_loader": Component.make("FrozenGraphModelLoader", ["model_file_path": path]),
                ])
            #expect(errorCode { _ = try archive.imported() } == .unsafeReference)
            #expect(refusal { _ = try archive.imported() }.contains("config/config_validation.json"))
        }
    }

    @Test func aFolderOfModelsOutsideIsRefused() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.write("config/environment.json", ["MMAR_CKPT_DIR": "/workspace/models"])
            try archive.remove("config/config_validation.json")
            #expect(errorCode { _ = try archive.imported() } == .unsafeReference)
        }
    }

    @Test func linksAreNotFollowed() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try FileManager.default.moveItem(atPath: "\(archive.path)/models/model.fzn.pb", toPath: "\(parent)/elsewhere.pb")
            try archive.link("models/model.fzn.pb", to: "\(parent)/elsewhere.pb")
            #expect(errorCode { _ = try archive.imported() } == .unsafeReference)
            try archive.remove("models/model.fzn.pb")
            try archive.remove("models")
            try FileManager.default.createDirectory(atPath: "\(parent)/real", withIntermediateDirectories: true)
            try FileManager.default.moveItem(atPath: "\(parent)/elsewhere.pb", toPath: "\(parent)/real/model.fzn.pb")
            try archive.link("models", to: "../real")
            #expect(errorCode { _ = try archive.imported() } == .unsafeReference)
        }
    }

    /// No part of a model may lie elsewhere, whether its own importer would look there or not.
    @Test(arguments: ["variables/variables.index", "variables/variables.data-00000-of-00001", "saved_model.pb"])
    func partsOfASavedModelElsewhereAreRefused(part: String) throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.remove("models/model.fzn.pb")
            try archive.copy("tensorflow_saved/graph_mode", to: "models/saved")
            #expect(throws: Never.self) { _ = try archive.imported() }
            try archive.copy("tensorflow_saved/graph_mode/\(part)", to: "../elsewhere")
            try archive.remove("models/saved/\(part)")
            try archive.link("models/saved/\(part)", to: "\(parent)/elsewhere")
            #expect(errorCode { _ = try archive.imported() } == .unsafeReference)
        }
    }

    @Test func aDatasetOutsideIsNotRead() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.write("config/environment.json", ["DATASET_JSON": "../../list.json"])
            try archive.write("../list.json", ["training": [["image": "secret"]]])
            try archive.remove("config/dataset_0.json")
            let contract = try archive.contract()
            #expect(contract.datasets.isEmpty)
            #expect(contract.notes.contains { $0.contains("DATASET_JSON") && $0.contains("leads out") })
        }
    }

    /// What a configuration can't say is noted where another says it, an error naming the file where none does.
    @Test func brokenConfigurationsAreNotedOrNamed() throws {
        let deep = String(repeating: "[", count: 5_000)
        for text in ["{\"pre_transforms\": [1, }", "", "[1, 2]", "{\"a\": NaN}", "{\"a\": \(deep)", "\u{0}", "{\"a\": 1, \"a\": 2}"] {
            try withTemporaryFolder { parent in
                let archive = try MMARTests.liver(parent)
                try archive.write("config/config_aiaa.json", text: text)
                #expect(try archive.contract().notes.contains { $0.hasPrefix("config/config_aiaa.json isn't used") }, "\(text.prefix(20))")
                try archive.write("config/config_validation.json", text: text)
                let code = errorCode { _ = try archive.imported() }
                #expect(code == .malformed || code == .limitExceeded, "\(text.prefix(20))")
                #expect(refusal { _ = try archive.imported() }.contains("config/config_validation.json"))
            }
        }
    }

    @Test func aCheckpointTheEnvironmentNamesOutsideIsRefused() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.write("config/environment.json", ["MMAR_CKPT": "../model.pt"])
            #expect(errorCode { _ = try archive.imported() } == .unsafeReference)
        }
    }

    @Test func aHugeConfigurationIsNotRead() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.write("config/config_aiaa.json", text: "{}")
            let file = try #require(FileHandle(forWritingAtPath: "\(archive.path)/config/config_aiaa.json"))
            try file.truncate(atOffset: 100_000_000)
            try file.close()
            #expect(try archive.contract().notes.contains { $0.contains("config_aiaa.json") && $0.contains("at most are read") })
        }
    }

    @Test func variablesThatGrowAreStopped() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            var variables: [JSONValue.Member] = [.init("V0", .string(String(repeating: "x", count: 1_000)))]
            for index in 1..<8 { variables.append(.init("V\(index)", .string(String(repeating: "{V\(index - 1)}", count: 100)))) }
            variables += [.init("LOOP", "{LOOP}")]
            try archive.write("config/environment.json", .object(variables))
            // Braces without end are text, found in linear time.
            let braces = JSONValue.string(String(repeating: "{", count: 1_000_000))
            try archive.write("config/config_validation.json", ["pre_transforms": [Component.make("LoadNifti", ["fields": braces])]])
            #expect(try archive.contract().preprocessing.first?["fields"] == braces)
            for text in ["{V6}", "{LOOP}"] {
                try archive.write(
                    "config/config_validation.json", ["pre_transforms": [Component.make("LoadNifti", ["fields": .string(text)])]])
                #expect(errorCode { _ = try archive.imported() } == .limitExceeded)
            }
        }
    }

    @Test func componentsThatGrowAreStopped() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            let long = JSONValue.string(String(repeating: "x", count: 100_000))
            let bombs: [[JSONValue]] = [
                Array(repeating: Component.make("LoadNifti"), count: 2_000),
                [Component.make("LoadNifti#A", ["fields": long])] + Array(repeating: ["ref": "A"], count: 500),
                [Component.make("LoadNifti", .object((0..<1_000).map { .init("a\($0)", 1) }))],
            ]
            for bomb in bombs {
                try archive.write("config/config_validation.json", ["pre_transforms": .array(bomb)])
                #expect(errorCode { _ = try archive.imported() } == .limitExceeded)
            }
        }
    }

    /// Wrong kinds everywhere: told, never fatal.
    @Test func whatIsNoComponentIsLeftOutWithANote() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.write(
                "config/config_validation.json",
                [
                    "pre_transforms": [
                        "LoadNifti", 3, ["args": ["fields": "image"]], ["name": ""], nil, ["ref": "Nothing"],
                        ["name": "Own", "path": "my.code.Own", "args": [1, 2]], ["name": "CenterData", "disabled": "true"],
                        ["name": "LoadPng", "args": ["fields": "a"], "comment": "kept"],
                    ],
                    "post_transforms": "none", "inferer": 7,
                    "val_metrics": ["name": "ComputeAUC", "args": ["applied_key": "a", "field": "b"]],
                    "unknown": ["anything"], "use_scanning_window": "true", "model_loader": "none",
                ])
            let contract = try archive.contract()
            #expect(contract.preprocessing.map(\.name) == ["LoadNifti", "Own", "LoadPng"])
            #expect(contract.preprocessing[1].originalName == "my.code.Own" && contract.preprocessing[1]["args"] == [1, 2])
            #expect(contract.preprocessing[2]["comment"] == "kept")
            #expect(contract.metrics.map(\.arguments) == [[.init("field", "b")]])
            #expect(contract.window?.mode == .scanning && contract.window?.region == nil)
            #expect(contract.notes.filter { $0.contains("left out") }.count >= 5)
            #expect(contract.notes.contains { $0.contains("my.code.Own") && $0.contains("doesn't run") })
        }
    }

    @Test func nearlyJSONIsReadAndTold() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.write(
                "config/config_aiaa.json",
                text: """
                    \u{FEFF}{ // for the server
                      "version": "2", "description": "a // b, ] }", /* sizes */
                      "inference": {"roi": [64, 64, 32,], "scanning_window": "true",},
                    }
                    """)
            let contract = try archive.contract()
            #expect(contract.text == "a // b, ] }")
            #expect(contract.pipelines.last?.window?.region == [64, 64, 32])
            #expect(contract.notes.contains { $0.contains("byte order mark") && $0.contains("comments") && $0.contains("trailing commas") })
        }
    }

    @Test func extentsThatCannotBeAreNotTaken() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            for roi in [[0, 1, 1], [1e300, 1, 1], [-3, 2, 2], [1, 2, 3, 4], ["a"], [1.5, 2, 2], []] as [JSONValue] {
                try archive.write("config/config_validation.json", MMARTests.validation(roi: roi))
                let window = try #require(try archive.contract().window)
                #expect(window.region == nil && window.inferer?["roi_size"] == roi, "\(roi)")
            }
        }
    }

    @Test func foldersThatAreNoArchiveAreNotTaken() throws {
        try withTemporaryFolder { parent in
            #expect(try !ArchiveMaker.recognizes(parent))
            #expect(try !ArchiveMaker.recognizes("\(parent)/missing"))
            let archive = try ArchiveMaker(parent, "a")
            #expect(try !ArchiveMaker.recognizes(archive.path))
            try archive.write("config/environment.json", [:])
            #expect(try ArchiveMaker.recognizes(archive.path))
            #expect(errorCode { _ = try archive.imported() } == .unreadable)
        }
    }
}
