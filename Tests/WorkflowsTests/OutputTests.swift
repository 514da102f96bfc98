import Bytes
import Foundation
import Tensors
import TestSupport
import Testing
import Workflows

/// No command writes over what it reads, nor one result over another.
@Suite struct OutputTests {
    private static let onnx = Project.fixture("onnx/unet3d_small.onnx"), reference = Project.fixture("onnx/unet3d_small.npz")

    /// Every file below the folder, with its bytes; links are followed.
    private func contents(_ folder: Scratch) throws -> [String: Data] {
        var result: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where !FileStatus.isFolder(folder.file(name)) {
            result[name] = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
        }
        return result
    }

    /// Runs a command that must be refused and must leave every byte as it was.
    private func refused(_ folder: Scratch, _ arguments: [String]) throws {
        let before = try contents(folder)
        let result = try Command.run(arguments)
        #expect(result.status == 64 && result.errors.contains("written over"), "\(arguments): \(result.status) \(result.errors)")
        #expect(try contents(folder) == before, "\(arguments)")
    }

    private func folderWithModel() throws -> Scratch {
        let folder = try Scratch()
        let files = FileManager.default
        try files.copyItem(atPath: Self.onnx, toPath: folder.file("n.onnx"))
        try files.copyItem(atPath: Self.reference, toPath: folder.file("r.npz"))
        try files.createSymbolicLink(atPath: folder.file("soft.onnx"), withDestinationPath: "n.onnx")
        try files.linkItem(atPath: folder.file("n.onnx"), toPath: folder.file("hard.onnx"))
        return folder
    }

    @Test func conversionsSpareTheirInputs() throws {
        let folder = try folderWithModel()
        for name in ["n.onnx", "soft.onnx", "hard.onnx"] {
            try refused(folder, ["convert", folder.file("n.onnx"), "-o", folder.file(name)])
        }
        try refused(folder, ["convert", folder.file("n.onnx"), "--reference", folder.file("r.npz"), "-o", folder.file("r.npz")])
        try refused(folder, ["export", folder.file("soft.onnx"), "-o", folder.file("n.onnx")])
        try refused(folder, ["quantize", folder.file("n.onnx"), "--precision", "fp16", "-o", folder.file("hard.onnx")])
        try refused(folder, ["verify", folder.file("n.onnx"), "--reference", folder.file("r.npz"), "--html", folder.file("r.npz")])
        let samples = folder.file("samples")
        try OutputPaths.makeFolder(samples)
        try FileManager.default.moveItem(atPath: folder.file("r.npz"), toPath: samples + "/a.npz")
        try refused(folder, ["quantize", folder.file("n.onnx"), "--precision", "fp16", "--calibration", samples, "-o", samples + "/a.npz"])
        let two = folder.file("x.osteon")
        let both = try Command.run("quantize", folder.file("n.onnx"), "--precision", "fp16", "-o", two, "--write-plan", two)
        #expect(both.status == 64 && both.errors.contains("two outputs") && !FileStatus.exists(two))
    }

    @Test func filesOfAModelsFolderAndItsWeightsAreInputs() throws {
        let folder = try Scratch()
        let model = folder.file("m")
        try FileManager.default.copyItem(atPath: Project.fixture("mmar/segmentation_ct_spleen"), toPath: model)
        // Read or not, it's part of the model.
        for name in try contents(folder).keys.sorted() { try refused(folder, ["convert", model, "-o", folder.file(name), "--quiet"]) }
        let exported = try Command.run("export", Self.onnx, "--external-data", "-o", folder.file("e.onnx"), "--json")
        let data = try JSONValue(parsing: exported.output).member("files").array()[0].member("further_files").array()[0].string()
        try refused(folder, ["convert", folder.file("e.onnx"), "-o", data])
        try refused(folder, ["export", folder.file("e.onnx"), "--external-data", "-o", folder.file("e.onnx")])
    }

    @Test func aKeyIsNeverWrittenOver() throws {
        let folder = try Scratch()
        let key = folder.file("k.pem")
        let file = folder.file("f.osteon")
        #expect(try Command.run("sign", "--generate-key", folder.file("k")).status == 0)
        try NamedGraphs.write(["y"], to: file)
        try FileManager.default.linkItem(atPath: key, toPath: folder.file("hard"))
        try refused(folder, ["sign", file, "--key", key, "-o", key])
        try refused(folder, ["sign", file, "--key", key, "-o", folder.file("hard")])
        try refused(folder, ["sign", file, "--key", key, "-o", folder.file("k.pub.pem")])
        // In place, named or not, is what signing means.
        #expect(try Command.run("sign", file, "--key", key, "-o", file).status == 0)
        #expect(try Command.run("sign", file, "--key", key).status == 0)
        #expect(try Command.run("verify", file, "--signature", "--public-key", folder.file("k.pub.pem")).status == 0)
    }

    @Test func scansListsAndRecordsStay() throws {
        let folder = try Scratch()
        let model = Project.fixture("trained/segmentation_mri_hippocampus")
        #expect(try Command.run("phantom", "--cases", "1", "--training", "0", "-o", folder.path).status == 0)
        let list = folder.file("dataset_0.json")
        let scan = folder.file("imagesTr/phantom_0001.nii.gz")
        let label = folder.file("labelsTr/phantom_0001.nii.gz")
        for name in [list, scan, label] { try refused(folder, ["evaluate", model, "--dataset", list, "--report", name]) }
        try OutputPaths.makeFolder(folder.file("kept"))
        for name in ["run.json", "case-00000.json"] {
            let report = folder.file("kept/\(name)")
            try refused(folder, ["evaluate", model, "--dataset", list, "--resume", folder.file("kept"), "--report", report])
        }
        try FileManager.default.createSymbolicLink(atPath: folder.file("cases.csv"), withDestinationPath: scan)
        try refused(folder, ["evaluate", model, "--dataset", list, "--csv", folder.path])
        try refused(folder, ["segment", model, scan, "-o", folder.file("labelsTr/../imagesTr/phantom_0001.nii.gz")])
        let transforms = folder.file("t.npy")
        try AtomicFile.write(text: #"{"pre_transforms": []}"#, to: transforms)
        try refused(folder, ["prepare", scan, "--transforms", transforms, "-o", transforms])
        // A result lands on a volume that would be read later.
        try OutputPaths.makeFolder(folder.file("imagesTr/imagesTr"))
        try FileManager.default.copyItem(atPath: scan, toPath: folder.file("imagesTr/imagesTr/phantom_0001.nii.gz"))
        try FileManager.default.createSymbolicLink(atPath: folder.file("out"), withDestinationPath: "imagesTr")
        try refused(folder, ["dataconvert", "-d", folder.file("imagesTr"), "-o", folder.file("out")])
        try refused(folder, ["dataconvert", "-d", folder.file("imagesTr"), "-o", folder.file("imagesTr/imagesTr")])
        // What lies in the source is a source, an earlier result too.
        let first = try Command.run("dataconvert", "-d", folder.file("labelsTr"), "-r", "4", "-o", folder.file("labelsTr/small"))
        #expect(first.status == 0 && first.output.contains("1 of 1"), "\(first.output)\(first.errors)")
        try refused(folder, ["dataconvert", "-d", folder.file("labelsTr"), "-r", "4", "-o", folder.file("labelsTr/small")])
    }

    @Test func everyOutputHasAFileOfItsOwn() throws {
        let folder = try Scratch()
        let model = folder.file("m.osteon")
        let input = folder.file("x.npy")
        let long = String(repeating: "n", count: 300)
        let names = ["a/b", "a_b", "a:b", "\u{E9}", "e", long, long + "2"]
        try NamedGraphs.write(names, to: model)
        try NPY.write(Tensor([Float(1), 2, 3, 4], shape: [4]), to: input)
        let result = try Command.run("run", model, "--input", "x=\(input)", "--output-dir", folder.file("out"), "--json")
        #expect(result.status == 0, "\(result.errors)")
        let outputs = try JSONValue(parsing: result.output).member("outputs").array()
        #expect(outputs.count == names.count)
        for (index, entry) in outputs.enumerated() {
            #expect(try entry.member("name").string().utf8.elementsEqual(names[index].utf8))
            #expect(try NPY.read(entry.member("file").string()).array(Float.self)[0] == Float(1 << (index + 1)))
        }
        #expect(try outputs[1].member("file").string() == folder.file("out/a_b.npy"))
        // What Unicode holds equal is refused before anything is done.
        try NamedGraphs.write(["e\u{301}", "\u{E9}"], to: model)
        for command in [["inspect", model], ["convert", model, "-o", folder.file("c.osteon")]] {
            let result = try Command.run(command)
            #expect(result.status == 2 && result.errors.contains("65 cc 81") && result.errors.contains("c3 a9"), "\(result.errors)")
        }
        // The file of an input isn't an output's.
        try FileManager.default.moveItem(atPath: folder.file("x.npy"), toPath: folder.file("out/in.npy"))
        try NamedGraphs.write(["in"], to: model)
        try refused(folder, ["run", model, "--input", "x=\(folder.file("out/in.npy"))", "--output-dir", folder.file("out")])
    }
}
