import Foundation
import Osteon
import TestSupport
import Testing

/// `osteon evaluate` on imagined scans through the trained hippocampus network, as a person runs it.
@Suite struct EvaluateCommandTests {
    private static let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("fixtures/trained/segmentation_mri_hippocampus").path

    /// Three scans of noise with a box as their label, and a fourth whose file is cut short.
    private static func makeData(_ folder: String) throws {
        var entries: [String] = []
        for index in 0 ..< 4 {
            var random = SplitMix64(seed: UInt64(index))
            let shape = [1, 12 + index, 10, 9], count = shape.reduce(1, *)
            let scan = try Tensor((0 ..< count).map { _ in Float(random.index(below: 900) + 100) }, shape: shape)
            let label = try Tensor((0 ..< count).map { UInt8($0 / 90 == 5 ? ($0 % 9 < 4 ? 1 : 2) : 0) }, shape: shape)
            try NIfTIWriter.write(Volume(scan), to: "\(folder)/scan\(index).nii.gz")
            try NIfTIWriter.write(Volume(label), to: "\(folder)/label\(index).nii.gz")
            entries.append("{\"image\": \"scan\(index).nii.gz\", \"label\": \"label\(index).nii.gz\"}")
        }
        let cut = try Data(contentsOf: URL(fileURLWithPath: folder + "/scan3.nii.gz")).prefix(200)
        try cut.write(to: URL(fileURLWithPath: folder + "/scan3.nii.gz"))
        try "{\"labels\": {\"0\": \"background\", \"1\": \"Anterior\", \"2\": \"Posterior\"}, \"validation\": [\(entries.joined(separator: ", "))]}"
            .write(toFile: folder + "/dataset.json", atomically: true, encoding: .utf8)
    }

    @Test func shardsRestartsAndOneRunGiveTheSameBytes() throws {
        let scratch = try Scratch(), folder = scratch.path
        try Self.makeData(folder)
        let common = ["evaluate", Self.source, "--dataset", folder + "/dataset.json", "--against", Self.source, "--hd95", "monai", "--nsd", "1", "--draws", "50"]
        let whole = try Command.run(common + ["--json", "--quiet", "--csv", folder + "/csv", "--report", folder + "/whole.html"])
        #expect(whole.status == 2)  // one case can't be read
        let json = try JSONValue(parsing: whole.output)
        #expect(try json.member("metric_per_case").array().count == 4)
        #expect(try json.member("failed").array().count == 1)
        #expect(try json.member("failed").array()[0].member("case").string() == "scan3")
        #expect(!whole.output.contains(folder))
        #expect(try json.member("drift").member("structures").member("1").member("mean_difference").double() == 0)
        for shard in ["1/2", "2/2"] {
            #expect(try Command.run(common + ["--shard", shard, "--resume", folder + "/run", "--quiet"]).status == (shard == "2/2" ? 2 : 0))
        }
        // As after a kill: a case is gone, and is done again.
        try FileManager.default.removeItem(atPath: folder + "/run/case-00001.json")
        #expect(try Command.run("evaluate", "merge", folder + "/run", "--json").status == 64)
        #expect(try Command.run(common + ["--shard", "2/2", "--resume", folder + "/run", "--quiet"]).status == 2)
        let merged = try Command.run("evaluate", "merge", folder + "/run", "--json", "--report", folder + "/merged.html", "--csv", folder + "/csv2")
        #expect(merged.status == 2)
        #expect(merged.output == whole.output)
        for (a, b) in [("whole.html", "merged.html"), ("csv/cases.csv", "csv2/cases.csv"), ("csv/summary.csv", "csv2/summary.csv"), ("csv/drift.csv", "csv2/drift.csv")] {
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(a)")) == Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(b)")))
        }
        #expect(try Command.run(common + ["--resume", folder + "/run", "--draws", "51"]).status == 64)  // another run's folder
    }

    @Test func aMissedTargetIsToldByTheExitCode() throws {
        let scratch = try Scratch(), folder = scratch.path
        try Self.makeData(folder)
        try "{\"validation\": [{\"image\": \"scan0.nii.gz\", \"label\": \"label0.nii.gz\"}]}".write(
            toFile: folder + "/one.json", atomically: true, encoding: .utf8)
        let missed = try Command.run(
            "evaluate", Self.source, "--dataset", folder + "/one.json", "--target", "segmentation_mri_hippocampus", "--draws", "20", "--quiet")
        #expect(missed.status == 4)
        #expect(missed.output.contains("MISSED") && missed.output.contains("0.8820"))
        let free = try Command.run("evaluate", Self.source, "--dataset", folder + "/one.json", "--no-target", "--draws", "20", "--quiet")
        #expect(free.status == 0 && !free.output.contains("MISSED"))
        #expect(try Command.run("evaluate", Self.source, "--dataset", folder + "/one.json", "--target", "no_such_model").status == 64)
        #expect(try Command.run("evaluate", Self.source, "--dataset", folder + "/one.json", "--shard", "1/2").status == 64)
    }
}
