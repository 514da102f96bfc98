import Bytes
import Foundation
import Testing
import Workflows

/// Files and folders of other kinds are named, with what to do about them.
@Suite struct ForeignFileTests {
    private func message(_ name: String, _ bytes: [UInt8]) throws -> String {
        let folder = try Scratch()
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
        let result = try Command.run("inspect", folder.file(name))
        #expect(result.status == 2, "\(name): \(result.errors)")
        return result.errors
    }

    private func padded(_ start: [UInt8], to count: Int = 600) -> [UInt8] {
        start + [UInt8](repeating: 0, count: max(0, count - start.count))
    }

    /// A tar archive with one member.
    private func tar(_ member: String) -> [UInt8] {
        var header = padded(Array(member.utf8), to: 257)
        header += Array("ustar".utf8)
        return padded(header, to: 1536)
    }

    @Test func networksOfOtherKindsAreNamed() throws {
        for (name, bytes, words) in [
            ("a.tflite", padded([28, 0, 0, 0] + "TFL3".utf8), ["TensorFlow Lite", "SavedModel"]),
            ("a.ort", padded([28, 0, 0, 0] + "ORTM".utf8), ["ONNX Runtime", ".onnx"]),
            ("a.t7", tar("sys_info"), ["PyTorch 0.1", "torch.save"]), ("a.tar", tar("model.onnx"), ["tar archive", "Unpack"]),
            ("a.pkl", padded([0x80, 4, 0x95, 1, 0, 0, 0, 0, 0, 0, 0, 0x4E, 0x2E], to: 13), ["Python pickle", "safetensors"]),
            ("a.json", Array(#"{"_target_": "UNet"}"#.utf8), ["JSON", "--architecture"]),
            ("a.pt", Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".utf8), ["Git LFS", "git lfs pull"]),
            ("a.onnx", Array("<!DOCTYPE html><html></html>".utf8), ["web page"]),
            ("a.pbtxt", Array("node {\n  name: \"x\"\n}\n".utf8), [".pbtxt", "as_text=False"]),
            ("a.nrrd", Array("NRRD0004\ntype: float\n".utf8), ["image, not a model"]),
            ("a.xml", Array("<?xml version=\"1.0\"?><net/>".utf8), ["OpenVINO"]),
        ] {
            let message = try message(name, bytes)
            for word in words { #expect(message.contains(word), "\(name): \(message)") }
            #expect(!message.contains("truncated or damaged"), "\(message)")
        }
    }

    /// ZIP archives of `model.json` and `code/m.py`, of `archive_format` and `models/model.json`.
    private static let programs = [
        """
        UEsDBBQAAAAAAAAAIQBDv6ajAgAAAAIAAAAMAAAAbS9tb2RlbC5qc29ue31QSwMEFAAAAAAAAAAhAEO/pqMCAAAAAgAAAAsAAABtL2NvZGUvbS\
        5weXt9UEsBAhQDFAAAAAAAAAAhAEO/pqMCAAAAAgAAAAwAAAAAAAAAAAAAAIABAAAAAG0vbW9kZWwuanNvblBLAQIUAxQAAAAAAAAAIQBDv6aj\
        AgAAAAIAAAALAAAAAAAAAAAAAACAASwAAABtL2NvZGUvbS5weVBLBQYAAAAAAgACAHMAAABXAAAAAAA=
        """,
        """
        UEsDBBQAAAAAAAAAIQBDv6ajAgAAAAIAAAAQAAAAbS9hcmNoaXZlX2Zvcm1hdHt9UEsDBBQAAAAAAAAAIQBDv6ajAgAAAAIAAAATAAAAbS9tb2\
        RlbHMvbW9kZWwuanNvbnt9UEsBAhQDFAAAAAAAAAAhAEO/pqMCAAAAAgAAABAAAAAAAAAAAAAAAIABAAAAAG0vYXJjaGl2ZV9mb3JtYXRQSwEC\
        FAMUAAAAAAAAACEAQ7+mowIAAAACAAAAEwAAAAAAAAAAAAAAgAEwAAAAbS9tb2RlbHMvbW9kZWwuanNvblBLBQYAAAAAAgACAH8AAABjAAAAAA\
        A=
        """,
    ]

    @Test func programsOfPyTorchAreNamed() throws {
        let archives = try Self.programs.map { try Array(#require(Data(base64Encoded: $0))) }
        #expect(try message("a.ts", archives[0]).contains("TorchScript"))
        #expect(try message("a.pt2", archives[1]).contains("torch.export"))
    }

    @Test func volumesOfOtherKindsAreNamed() throws {
        let folder = try Scratch()
        func error(_ name: String, _ bytes: [UInt8]) throws -> String {
            try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
            return try Command.run("metrics", folder.file(name), folder.file(name)).errors
        }
        #expect(try error("a.nrrd", Array("NRRD0004\ntype: float\n".utf8)).contains("NRRD"))
        // Version 1, 2×2×2 places, one frame, bytes; as FreeSurfer writes it, and compressed.
        let mgh: [UInt8] = [0, 0, 0, 1] + [0, 0, 0, 2] + [0, 0, 0, 2] + [0, 0, 0, 2] + [0, 0, 0, 1] + [0, 0, 0, 0]
        #expect(try error("a.mgh", padded(mgh)).contains("FreeSurfer"))
        let compressed = try #require(Data(base64Encoded: "H4sIAAAAAAACA2NgYGBkYGBgQsIg/igYBRQBAM7I7PhYAgAA"))
        #expect(try error("a.mgz", Array(compressed)).contains("mri_convert"))
        #expect(try error("a.mhd", Array("ObjectType = Image\nNDims = 3\n".utf8)).contains("MetaImage"))
    }

    @Test func foldersOfOtherKindsAreNamed() throws {
        let folder = try Scratch()
        func error(_ files: [String]) throws -> String {
            let path = folder.file(UUID().uuidString)
            for file in files {
                let whole = "\(path)/\(file)"
                try FileManager.default.createDirectory(
                    atPath: (whole as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                try Data([1]).write(to: URL(fileURLWithPath: whole))
            }
            let result = try Command.run("inspect", path)
            #expect(result.status == 2)
            return result.errors
        }
        #expect(try error(["variables/variables.index", "variables/variables.data-00000-of-00001"]).contains("saved_model.pb"))
        #expect(try error(["saved_model.pbtxt", "variables/variables.index"]).contains("saved_model.pbtxt"))
        #expect(try error(["config.json", "model.weights.h5"]).contains(".keras"))
        #expect(try error(["network.onnx", "readme.txt"]).contains("network.onnx"))
        #expect(try error(["1.dcm"]).contains("DICOM"))
    }

    /// A checkpoint of version 1: its tables hold the variables themselves.
    @Test func checkpointsOfVersionOneAreNamed() throws {
        let folder = try Scratch()
        let footer: [UInt8] = [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]
        try Data([UInt8](repeating: 0, count: 92) + footer).write(to: URL(fileURLWithPath: folder.file("model.ckpt")))
        try FileManager.default.copyItem(
            atPath: Project.fixture("tensorflow_saved/partitioned/model.ckpt.meta"), toPath: folder.file("model.ckpt.meta"))
        for path in ["model.ckpt", "model.ckpt.meta"] {
            let result = try Command.run("inspect", folder.file(path))
            #expect(result.status == 2)
            #expect(result.errors.contains("checkpoint of version 1") && result.errors.contains("model.ckpt holds"), "\(result.errors)")
        }
    }

    @Test func aJSONThatIsNoNetworkIsBlamedItself() throws {
        let folder = try Scratch()
        let json = folder.file("config.json")
        for (weights, text, words) in [
            ("torch/segresnet.pt", #"{"epochs": 3}"#, "describes no network"), ("torch/segresnet.pt", "{", "member"),
            ("torch/segresnet.pt", #"{"_target_": "UNet"}"#, "spatial_dims"),
            ("torch/segresnet.pt", #"{"class_name": "Functional", "config": {}}"#, "Keras"),
        ] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: json))
            let result = try Command.run("inspect", Project.fixture(weights), "--architecture", json)
            #expect(result.errors.contains(words) && result.errors.contains("in \(json)"), "\(result.errors)")
            #expect(!result.errors.contains("segresnet.pt"), "\(result.errors)")
        }
    }
}
