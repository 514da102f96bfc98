import Bytes
import Foundation
import Imaging
import Tensors
import TestSupport
import Testing
import Workflows

/// `osteon evaluate` on imagined scans through the trained hippocampus network, as a person runs it.
@Suite struct EvaluateCommandTests {
    private static let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("fixtures/trained/segmentation_mri_hippocampus").path

    /// Three scans of noise with a box as their label, and a fourth whose file is cut short.
    private static func makeData(_ folder: String) throws {
        var entries: [String] = []
        for index in 0..<4 {
            var random = SplitMix64(seed: UInt64(index))
            let shape = [1, 12 + index, 10, 9]
            let count = shape.reduce(1, *)
            let scan = try Tensor((0..<count).map { _ in Float(random.index(below: 900) + 100) }, shape: shape)
            let label = try Tensor((0..<count).map { UInt8($0 / 90 == 5 ? ($0 % 9 < 4 ? 1 : 2) : 0) }, shape: shape)
            try NIfTIWriter.write(Volume(scan), to: "\(folder)/scan\(index).nii.gz")
            try NIfTIWriter.write(Volume(label), to: "\(folder)/label\(index).nii.gz")
            entries.append("{\"image\": \"scan\(index).nii.gz\", \"label\": \"label\(index).nii.gz\"}")
        }
        let cut = try Data(contentsOf: URL(fileURLWithPath: folder + "/scan3.nii.gz")).prefix(200)
        try cut.write(to: URL(fileURLWithPath: folder + "/scan3.nii.gz"))
        try
            "{\"labels\": {\"0\": \"background\", \"1\": \"Anterior\", \"2\": \"Posterior\"}, \"validation\": [\(entries.joined(separator: ", "))]}"
            .write(toFile: folder + "/dataset.json", atomically: true, encoding: .utf8)
    }

    @Test func shardsRestartsAndOneRunGiveTheSameBytes() throws {
        let scratch = try Scratch()
        let folder = scratch.path
        try Self.makeData(folder)
        let common = [
            "evaluate", Self.source, "--dataset", folder + "/dataset.json", "--against", Self.source, "--hd95", "monai", "--nsd", "1",
            "--draws", "50",
        ]
        let whole = try Command.run(common + ["--json", "--quiet", "--csv", folder + "/csv", "--report", folder + "/whole.html"])
        #expect(whole.status == 2)  // one case can't be read
        let json = try JSONValue(parsing: whole.output)
        #expect(try json.member("metric_per_case").array().count == 4)
        #expect(try json.member("failed").array().count == 1)
        #expect(try json.member("failed").array()[0].member("case").string() == "scan3")
        #expect(!whole.output.contains(folder))
        #expect(try json.member("drift").member("structures").member("1").member("mean_difference").double() == 0)
        for shard in ["1/2", "2/2"] {
            let part = try Command.run(common + ["--shard", shard, "--resume", folder + "/run", "--quiet"])
            #expect(part.status == (shard == "2/2" ? 2 : 0))
            #expect(part.errors.contains("scan3 can't be evaluated: ") == (shard == "2/2"), "\(part.errors)")
        }
        // As after a kill: a case is gone, and is done again.
        try FileManager.default.removeItem(atPath: folder + "/run/case-00001.json")
        #expect(try Command.run("evaluate", "merge", folder + "/run", "--json").status == 64)
        #expect(try Command.run(common + ["--shard", "2/2", "--resume", folder + "/run", "--quiet"]).status == 2)
        let merged = try Command.run(
            "evaluate", "merge", folder + "/run", "--json", "--report", folder + "/merged.html", "--csv", folder + "/csv2")
        #expect(merged.status == 2)
        #expect(merged.output == whole.output)
        for (a, b) in [
            ("whole.html", "merged.html"), ("csv/cases.csv", "csv2/cases.csv"), ("csv/summary.csv", "csv2/summary.csv"),
            ("csv/drift.csv", "csv2/drift.csv"),
        ] {
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(a)")) == Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(b)")))
        }
        #expect(try Command.run(common + ["--resume", folder + "/run", "--draws", "51"]).status == 64)  // another run's folder
    }

    @Test func aMissedTargetIsToldByTheExitCode() throws {
        let scratch = try Scratch()
        let folder = scratch.path
        try Self.makeData(folder)
        try "{\"validation\": [{\"image\": \"scan0.nii.gz\", \"label\": \"label0.nii.gz\"}]}".write(
            toFile: folder + "/one.json", atomically: true, encoding: .utf8)
        let missed = try Command.run(
            "evaluate", Self.source, "--dataset", folder + "/one.json", "--target", "segmentation_mri_hippocampus", "--draws", "20",
            "--quiet")
        #expect(missed.status == 4)
        #expect(missed.output.contains("MISSED") && missed.output.contains("0.8820"))
        let free = try Command.run("evaluate", Self.source, "--dataset", folder + "/one.json", "--no-target", "--draws", "20", "--quiet")
        #expect(free.status == 0 && !free.output.contains("MISSED"))
        #expect(try Command.run("evaluate", Self.source, "--dataset", folder + "/one.json", "--target", "no_such_model").status == 64)
        #expect(try Command.run("evaluate", Self.source, "--dataset", folder + "/one.json", "--shard", "1/2").status == 64)
    }

    // MARK: References

    /// A phantom, and labels made of the model's own mask of it.
    private struct Known {
        let scratch: Scratch
        var folder: String { scratch.path }
        let mask: Volume
        let affine: Affine

        static let archive = URL(fileURLWithPath: EvaluateCommandTests.source).deletingLastPathComponent().appendingPathComponent(
            "segmentation_phantoms"
        ).path

        init() throws {
            scratch = try Scratch()
            for arguments in [
                ["phantom", "-o", scratch.file("data"), "--cases", "1", "--training", "0"],
                ["segment", Self.archive, scratch.file("data/imagesTr/phantom_0001.nii.gz"), "-o", scratch.file("mask.nii.gz"), "--quiet"],
            ] {
                let result = try Command.run(arguments)
                try #require(result.status == 0, "\(result.errors)")
            }
            try FileManager.default.moveItem(atPath: scratch.file("data/imagesTr/phantom_0001.nii.gz"), toPath: scratch.file("scan.nii.gz"))
            mask = try VolumeFile.read(scratch.file("mask.nii.gz"))
            affine = mask.affine
        }

        var values: [Float] { get throws { try mask.tensor.array(Float.self) } }

        func write(_ values: [Float], _ name: String = "label.nii.gz") throws {
            try NIfTIWriter.write(Volume(Tensor(values, shape: mask.tensor.shape), affine: affine), to: scratch.file(name))
        }

        func list(_ labels: String, label: String = "label.nii.gz") throws {
            try "{\(labels)\"validation\": [{\"image\": \"scan.nii.gz\", \"label\": \"\(label)\"}]}".write(
                toFile: scratch.file("d.json"), atomically: true, encoding: .utf8)
        }

        func evaluate(_ arguments: String..., status: Int32 = 0) throws -> JSONValue {
            let result = try Command.run(
                ["evaluate", Self.archive, "--dataset", scratch.file("d.json"), "--draws", "20", "--json", "--quiet", "--no-target"]
                    + arguments)
            try #require(result.status == status, "\(result.output) \(result.errors)")
            return try JSONValue(parsing: result.output)
        }
    }

    private static func dice(_ json: JSONValue, _ key: String) throws -> Double {
        try json.member("mean").member(key).member("Dice").double()
    }

    /// Some of the mask's voxels taken away, so that no figure is 1.
    private static func changed(_ values: [Float]) -> [Float] { values.enumerated().map { $0 % 7 == 0 ? 0 : $1 } }

    @Test func labelsStoredAlongOtherAxesAreTurned() throws {
        let known = try Known()
        let values = try Self.changed(known.values)
        try known.write(values)
        try known.list("")
        let plain = try known.evaluate("--hd95", "deepmind", "--nsd", "1")
        #expect(try (0.5..<1).contains(Self.dice(plain, "1")))
        let label = try Volume(Tensor(values, shape: known.mask.tensor.shape), affine: known.affine)
        for code in ["RAS", "SPL", "AIR"] {
            let turned = try label.oriented(Orientation(code))
            try NIfTIWriter.write(Volume(turned.tensor, affine: turned.affine), to: known.scratch.file("turned.nii.gz"))
            try known.list("", label: "turned.nii.gz")
            let found = try known.evaluate("--hd95", "deepmind", "--nsd", "1")
            let metrics = try known.scratch.metrics("mask.nii.gz", "turned.nii.gz")
            for key in ["1", "2"] {
                for name in ["Dice", "HD95", "NSD"] {
                    let value = try found.member("mean").member(key).member(name).double()
                    #expect(try abs(value - plain.member("mean").member(key).member(name).double()) < 1e-9, "\(code) \(key) \(name)")
                    #expect(try abs(value - #require(metrics[key]).member(name).double()) < 1e-9, "\(code) \(key) \(name)")
                }
            }
        }
        try NIfTIWriter.write(
            Volume(label.tensor, affine: Affine(columns: known.affine.columns, origin: known.affine.origin + [0, 0, 4])),
            to: known.scratch.file("turned.nii.gz"))
        let moved = try known.evaluate(status: 2)
        #expect(try moved.member("failed").array()[0].member("error").string().contains("another grid"))
    }

    @Test func labelsWithinRoundingOfWholeNumbersCount() throws {
        let known = try Known()
        let values = try Self.changed(known.values)
        try known.list("")
        try known.write(values)
        let exact = try known.evaluate()
        try known.write(values.map { $0 == 1 ? 1.0000152 : $0 == 2 ? 1.9992 : $0 })
        let rounded = try known.evaluate()
        #expect(rounded["mean"] == exact["mean"])
        try known.write(values.map { $0 == 1 ? 0.5 : $0 })
        let half = try known.evaluate(status: 2)
        #expect(try half.member("failed").array()[0].member("error").string().contains("whole numbers"))
    }

    /// Half of the reference isn't annotated; regions are unions; both as nnU-Net counts them.
    @Test func regionsIgnoreAndTargets() throws {
        let known = try Known()
        let mask = try known.values
        let truth = Self.changed(mask)
        let half = mask.count / 2
        try known.write(truth.enumerated().map { $0 < half ? 3 : $1 })
        try known.list(#""labels": {"background": 0, "Anterior": 1, "Posterior": 2, "ignore": 3}, "#)
        let ignoring = try known.evaluate()
        func expected(_ values: Set<Float>, from start: Int) -> Double {
            let pairs = zip(mask[start...], truth[start...])
            let both = pairs.count { values.contains($0) && values.contains($1) }
            return 2 * Double(both) / Double(pairs.count { values.contains($0.0) } + pairs.count { values.contains($0.1) })
        }
        for label in [1, 2] { #expect(try Self.dice(ignoring, "\(label)") == expected([Float(label)], from: half)) }
        let counts = try ignoring.member("metric_per_case").array()[0].member("metrics").member("1")
        #expect(try ["TP", "FP", "FN", "TN"].reduce(0) { try $0 + counts.member($1).integer() } == mask.count - half)
        try known.list(#""labels": {"background": 0, "whole": [1, 2], "Posterior": 2, "ignore": 3}, "regions_class_order": [1, 2], "#)
        let regions = try known.evaluate()
        #expect(try Self.dice(regions, "(1, 2)") == expected([1, 2], from: half) && Self.dice(regions, "2") == expected([2], from: half))
        #expect(try regions.member("labels").member("(1, 2)").string() == "whole")
        // The card's figures are of labels 1 and 2 and of their mean: of a list of regions, only label 2's is scored.
        let targets = try Command.run(
            "evaluate", Known.archive, "--dataset", known.scratch.file("d.json"), "--target", "segmentation_mri_hippocampus", "--draws",
            "20", "--json", "--quiet")
        #expect(targets.status == 4)
        for target in try JSONValue(parsing: targets.output).member("targets").array() {
            let isScored = try target.member("name") == "mean_dice2"
            #expect(try (target.member("measured") != "NaN") == isScored && (isScored || target.member("met") == false), "\(target)")
        }
    }

    @Test(arguments: [
        ([Float(0), 1, 255], "255"), ([0, 2, 3], "Most likely 2 is 1, 3 is 2"), ([0, 1, 9], "holds the value 9"),
    ])
    func valuesThatTheListDoesntNameAreAnError(_ map: [Float], _ words: String) throws {
        let known = try Known()
        try known.write(known.values.map { map[Int($0)] })
        try known.list(#""labels": {"0": "background", "1": "Anterior", "2": "Posterior"}, "#)
        let error = try known.evaluate(status: 2).member("failed").array()[0]
        #expect(try error.member("case").string() == "scan" && error.member("error").string().contains(words), "\(error)")
        // Without names in the list the model's count.
        try known.list("")
        #expect(try known.evaluate(status: 2).member("failed").array()[0].member("error").string().contains(words))
    }

    @Test func oneNameForTwoValuesIsAnError() throws {
        let known = try Known()
        try known.write(known.values)
        try known.list(#""labels": {"0": "background", "2": "core", "1": "shell"}, "#)
        let result = try Command.run("evaluate", Known.archive, "--dataset", known.scratch.file("d.json"), "--no-target", "--quiet")
        #expect(result.status == 64 && result.errors.contains("number their labels differently"), "\(result.errors)")
    }

    /// A file system may leave a record empty after a power failure: the case is done again.
    @Test func anEmptyRecordIsDoneAgain() throws {
        let known = try Known()
        let folder = known.scratch.file("run")
        try known.write(try known.values)
        try known.list("")
        let before = try known.evaluate("--resume", folder)
        let record = "\(folder)/case-00000.json"
        try Data().write(to: URL(filePath: record))
        #expect(try known.evaluate("--resume", folder)["mean"] == before["mean"])
        #expect(try Data(contentsOf: URL(filePath: record)).isEmpty == false)
    }

    @Test func aLabelReplacedBeforeResumingIsNoticed() throws {
        let known = try Known()
        let values = try known.values
        let folder = known.scratch.file("run")
        try known.write(values)
        try known.list("")
        let before = try known.evaluate("--resume", folder)
        #expect(try Self.dice(before, "1") == 1)
        #expect(try known.evaluate("--resume", folder)["mean"] == before["mean"])
        try known.write(Self.changed(values))
        let after = try known.evaluate("--resume", folder)
        #expect(try Self.dice(after, "1") < 1)
        #expect(
            try after.member("metric_per_case").array()[0].member("sha256") != before.member("metric_per_case").array()[0].member("sha256"))
        try known.write(values)
        let told = try Command.run(
            "evaluate", Known.archive, "--dataset", known.scratch.file("d.json"), "--draws", "20", "--no-target", "--resume", folder)
        #expect(told.errors.contains("isn't the same file any more"), "\(told.errors)")
    }
}

extension Scratch {
    /// What `osteon metrics` says by label.
    fileprivate func metrics(_ prediction: String, _ reference: String) throws -> [String: JSONValue] {
        let result = try Command.run("metrics", file(prediction), file(reference), "--json", "--hd95", "deepmind", "--nsd", "1")
        var found: [String: JSONValue] = [:]
        for entry in try JSONValue(parsing: result.output).member("structures").array() {
            found["\(try entry.member("label").integer())"] = entry
        }
        return found
    }
}
