import Bytes
import Engine
import Foundation
import Imaging
import Tensors
import Testing
import Workflows

@Suite struct SegmentTests {
    /// A ball of 80 in a field of -40, with some texture; voxels of 1.5 mm.
    static func scan(_ extents: [Int] = [24, 28, 20]) throws -> Volume {
        var values: [Float] = []
        for x in 0..<extents[0] {
            for y in 0..<extents[1] {
                for z in 0..<extents[2] {
                    let d = [x - 12, y - 14, z - 10].reduce(0) { $0 + $1 * $1 }
                    values.append((d < 49 ? 80 : -40) + Float((x * 7 + y * 3 + z * 5) % 11))
                }
            }
        }
        let affine = Affine(columns: [[1.5, 0, 0], [0, 1.5, 0], [0, 0, 1.5]], origin: [-18, -21, -15])
        return try Volume(Tensor(values, shape: [1] + extents), affine: affine)
    }

    @Test func aMaskLiesOnTheGridOfItsScanHoweverThatIsStored() throws {
        let scratch = try Scratch()
        let model = Project.fixture("mmar/segmentation_ct_spleen")
        var expected: Tensor?
        for code in ["RAS", "LPS", "PSR"] {
            let scan = try Self.scan().oriented(Orientation(code))
            try NIfTIWriter.write(Volume(scan.tensor, affine: scan.affine), to: scratch.file("scan.nii.gz"))
            let result = try Command.run(
                "segment", model, scratch.file("scan.nii.gz"), "-o", scratch.file("mask.nii.gz"), "--overlay", scratch.file("mask.png"),
                "--window", "32x32x32",
                "--json", "--quiet")
            try #require(result.status == 0, "\(result.errors)")
            let (stored, mask) = (try VolumeFile.read(scratch.file("scan.nii.gz")), try VolumeFile.read(scratch.file("mask.nii.gz")))
            #expect(mask.affine == stored.affine && mask.extents == stored.extents)
            let canonical = try mask.oriented(.ras).tensor
            #expect(expected?.isIdentical(to: canonical) ?? true, "\(code)")
            expected = canonical
            let json = try JSONValue(parsing: result.output)
            #expect(json["schema"] == "osteon.segment.1" && json["pipeline"] == "config/config_aiaa.json")
            #expect(try VolumeFile.recognize(scratch.file("mask.png")) == .png)
        }
    }

    @Test func whatCannotBeDoneIsToldBeforeAnythingIsWritten() throws {
        let scratch = try Scratch()
        let model = Project.fixture("mmar/segmentation_ct_spleen")
        let scan = scratch.file("scan.nii.gz")
        try NIfTIWriter.write(Self.scan(), to: scan)
        var values = try Self.scan().tensor.array(Float.self)
        values[77] = .nan
        let other = try Scratch()
        let spoilt = other.file("spoilt.nii")
        try NIfTIWriter.write(Volume(values.withShape([1, 24, 28, 20])), to: spoilt)
        let before = try Data(contentsOf: URL(fileURLWithPath: scan))
        // (arguments, exit code, a word of the message)
        for (arguments, code, word) in [
            ([scan, scan, "-o", scratch.file("m.nii.gz")], Int32(2), "1 channel (CT)"),
            ([scratch.file("none.nii.gz"), "-o", scratch.file("m.nii.gz")], 2, "none.nii.gz"),
            ([spoilt, "-o", scratch.file("m.nii.gz")], 2, "1 of 13440 voxels"),
            ([scan, "-o", scan], 64, "written over"),
            ([scan, "-o", scratch.file("m.nii.gz"), "--values", scratch.file("m.nii.gz")], 64, "two outputs"),
            ([scan, "-o", scratch.file("m.nii.gz"), "--values", scratch.file("m.txt")], 64, ".npy"),
            ([scan, "-o", scratch.file("m.nii.gz"), "--overlay", scratch.file("no/m.png")], 2, "no/m.png"),
        ] {
            let result = try Command.run(["segment", model, "--window", "32x32x32"] + arguments)
            #expect(result.status == code && result.errors.contains(word) && result.output.isEmpty, "\(result.errors)")
            #expect(scratch.contents == ["scan.nii.gz"])
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: scan)) == before)
        let own = try Command.run("dataconvert", "-d", scratch.path, "-r", "2", "-o", scratch.path)
        #expect(own.status == 64 && own.errors.contains("written over"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: scan)) == before)
    }

    @Test func aWindowOverTheWholeIsOneRunOfTheNetwork() throws {
        let scratch = try Scratch()
        try NIfTIWriter.write(Self.scan([32, 32, 32]), to: scratch.file("scan.nii"))
        let model = try Model.open(Project.fixture("mmar/segmentation_ct_spleen"))
        var options = ImagingOptions()
        options.window = [32, 32, 32]
        options.pipeline = .preferred
        let segmentation = try ModelSegmentation(model, options)
        let values = try segmentation.values([scratch.file("scan.nii")])
        let input = try segmentation.preprocessor.load([scratch.file("scan.nii")]).networkInput()
        let plain = try #require(try model.session(for: ["NV_MODEL_INPUT": input]).run(["NV_MODEL_INPUT": input])["NV_MODEL_OUTPUT"])
        #expect(values.tensor.isIdentical(to: try plain.reshaped(values.tensor.shape)))
    }

    /// Pictures show the scan as it's stored, whatever the pipeline did to it; it's read once.
    @Test func aScanIsKeptAsItIsStored() throws {
        let scratch = try Scratch()
        let scan = try Self.scan().oriented(Orientation("PSR"))
        try NIfTIWriter.write(Volume(scan.tensor, affine: scan.affine), to: scratch.file("scan.nii"))
        var options = ImagingOptions()
        options.window = [32, 32, 32]
        let segmentation = try ModelSegmentation(Model.open(Project.fixture("mmar/segmentation_ct_spleen")), options)
        let result = try segmentation.run([scratch.file("scan.nii")], keepingScan: true)
        let (kept, stored) = (try #require(result.scan), try VolumeFile.read(scratch.file("scan.nii")))
        #expect(kept.tensor.isIdentical(to: stored.tensor) && kept.affine == stored.affine && kept.extents == result.mask.extents)
        #expect(try segmentation.run([scratch.file("scan.nii")]).scan == nil)
    }

    @Test func annotationModelsTakePoints() throws {
        let scratch = try Scratch()
        let model = Project.fixture("mmar/annotation_ct_spleen")
        try NIfTIWriter.write(Self.scan(), to: scratch.file("scan.nii.gz"))
        let missing = try Command.run("segment", model, scratch.file("scan.nii.gz"), "-o", scratch.file("m.nii.gz"))
        #expect(missing.status == 64 && missing.errors.contains("--point"))
        #expect(!FileManager.default.fileExists(atPath: scratch.file("m.nii.gz")))
        let points = ["6,14,10", "18,14,10", "12,8,10", "12,20,10", "12,14,4", "12,14,16"].flatMap { ["--point", $0] }
        let segmentation = try ModelSegmentation(
            Model.open(model),
            {
                var o = ImagingOptions()
                o.window = [16, 16, 16]
                return o
            }())
        let result = try segmentation.run([scratch.file("scan.nii.gz")], points: PointList.parse(points))
        #expect(result.mask.extents == [24, 28, 20] && result.window == [16, 16, 16])
    }

    @Test func classifiersGiveAProbabilityALabel() throws {
        let scratch = try Scratch()
        let pixels = (0..<40 * 50).map { UInt8($0 % 251) }
        try PNG.write(pixels, width: 50, height: 40, channels: 1, to: scratch.file("x.png"))
        let result = try Command.run("classify", Project.fixture("mmar/classification_chestxray"), scratch.file("x.png"), "--json")
        try #require(result.status == 0, "\(result.errors)")
        let scores = try #require(try JSONValue(parsing: result.output)["images"]?.array().first?["scores"]?.array())
        #expect(scores.count == 15 && scores[0]["name"] == "Nodule")
        for score in scores { #expect((0...1).contains(try score.member("value").double())) }
        let wrong = try Command.run(
            "segment", Project.fixture("mmar/classification_chestxray"), scratch.file("x.png"), "-o", scratch.file("m.nii"))
        #expect(wrong.status == 64 && wrong.errors.contains("classify"))
        // Of several images, the one that can't be used is named.
        try NIfTIWriter.write(Self.scan(), to: scratch.file("scan.nii"))
        let other = try Command.run(
            "classify", Project.fixture("mmar/classification_chestxray"), scratch.file("x.png"), scratch.file("scan.nii"))
        #expect(other.status == 2 && other.errors.contains("scan.nii") && other.output.isEmpty)
    }

    /// A step that touches nothing, and members of a pipeline that nobody reads, are errors before inference.
    @Test func stepsThatTouchNothingAreErrors() throws {
        let scratch = try Scratch()
        let model = Project.fixture("mmar/segmentation_ct_spleen")
        let scan = scratch.file("scan.nii.gz")
        try NIfTIWriter.write(Self.scan(), to: scan)
        let scale: JSONValue = [
            "_target_": "ScaleIntensityRanged", "keys": "image", "a_min": -57, "a_max": 164, "b_min": 0, "b_max": 1, "clip": true,
        ]
        let discrete = { (field: JSONValue) -> JSONValue in ["_target_": "AsDiscreted", "keys": field, "argmax": true] }
        func segment(_ pipeline: JSONValue, _ name: String) throws -> Command.Result {
            try Data(pipeline.encoded()).write(to: URL(fileURLWithPath: scratch.file("p.json")))
            return try Command.run([
                "segment", model, scan, "-o", scratch.file(name), "--window", "32x32x32", "--quiet", "--transforms", scratch.file("p.json"),
            ])
        }
        for (pipeline, words) in [
            (
                ["preprocessing": [scale, ["_target_": "Spacingd", "keys": "img", "pixdim": [2, 2, 2]]]],
                ["Spacingd", "\"img\"", "there is image"]
            ),
            (
                [
                    "preprocessing": [scale],
                    "postprocessing": [discrete("pred"), ["_target_": "KeepLargestConnectedComponentd", "keys": "perd"]],
                ], ["\"perd\"", "image, pred"]
            ),
            (["preprocessing": [scale], "postprocesing": [discrete("pred")]], ["postprocesing"]),
            (["preprocessing": [scale], "roi_size": [64, 64, 64]], ["roi_size"]),
        ] as [(JSONValue, [String])] {
            let result = try segment(pipeline, "none.nii.gz")
            #expect(result.status == 2 && words.allSatisfy(result.errors.contains), "\(result.errors)")
            #expect(!scratch.contents.contains("none.nii.gz"))
        }
        // MONAI's name of the output and Clara's, and words about the file.
        var masks: [Tensor] = []
        for (index, field) in ["pred", "model"].enumerated() {
            let result = try segment(
                ["description": "x", "version": 2, "preprocessing": [scale], "postprocessing": [discrete(.string(field))]],
                "\(index).nii.gz")
            try #require(result.status == 0, "\(result.errors)")
            masks.append(try VolumeFile.read(scratch.file("\(index).nii.gz")).tensor)
        }
        #expect(masks[0].isIdentical(to: masks[1]))
    }

    /// A sheared scan is resampled in space, and its mask lies on its own grid.
    @Test func shearedScansAreSegmented() throws {
        let scratch = try Scratch()
        let model = Project.fixture("mmar/segmentation_ct_spleen")
        let scan = scratch.file("scan.nii.gz")
        let affine = Affine(columns: [[1.5, 0, 0], [0.4, 1.4, 0], [0, 0, 1.5]], origin: [-18, -21, -15])
        try NIfTIWriter.write(Volume(Self.scan().tensor, affine: affine), to: scan)
        let pipeline: JSONValue = [
            "preprocessing": [
                ["_target_": "Spacingd", "keys": "image", "pixdim": [1.2, 1.2, 1.2]],
                ["_target_": "ScaleIntensityRanged", "keys": "image", "a_min": -57, "a_max": 164, "b_min": 0, "b_max": 1, "clip": true],
            ]
        ]
        try Data(pipeline.encoded()).write(to: URL(fileURLWithPath: scratch.file("p.json")))
        let result = try Command.run(
            "segment", model, scan, "-o", scratch.file("m.nii.gz"), "--window", "32x32x32", "--quiet", "--transforms",
            scratch.file("p.json"))
        try #require(result.status == 0, "\(result.errors)")
        let (stored, mask) = (try VolumeFile.read(scan), try VolumeFile.read(scratch.file("m.nii.gz")))
        #expect(mask.affine == stored.affine && mask.extents == stored.extents)
    }

    /// Voxels that aren't numbers don't spread, values beyond single precision don't become infinite, and a folder of DICOM is named.
    @Test func foldersThatCannotBeResampledSayWhy() throws {
        let scratch = try Scratch()
        for folder in ["nan", "dicom", "plain"] {
            try FileManager.default.createDirectory(atPath: scratch.file(folder), withIntermediateDirectories: true)
        }
        var values = try Self.scan().tensor.array(Float.self)
        values[77] = .nan
        try NIfTIWriter.write(Volume(values.withShape([1, 24, 28, 20]), affine: Self.scan().affine), to: scratch.file("nan/a.nii.gz"))
        let spread = try Command.run("dataconvert", "-d", scratch.file("nan"), "-r", "0.7", "-o", scratch.file("out"))
        #expect(spread.status == 2 && spread.errors.contains("1 of 13440 voxels") && spread.errors.contains("a.nii.gz"), "\(spread.errors)")
        let quiet = try Command.run("dataconvert", "-d", scratch.file("nan"), "-r", "0.7", "-o", scratch.file("out"), "--quiet")
        #expect(quiet.status == 2 && quiet.errors == spread.errors, "\(quiet.errors)")
        let kept = try Command.run("dataconvert", "-d", scratch.file("nan"), "-o", scratch.file("out"))
        #expect(kept.status == 0 && kept.errors.contains("1 of 13440 voxels"), "\(kept.errors)")
        #expect(try VolumeFile.read(scratch.file("out/a.nii.gz")).unusableCount == 1)
        try AtomicFile.write([8, 0, 5, 0] + Array("CS".utf8) + [10, 0] + Array("ISO_IR 100".utf8), to: scratch.file("dicom/IM0001"))
        let dicom = try Command.run("dataconvert", "-d", scratch.file("dicom"), "-r", "1", "-o", scratch.file("out"))
        #expect(dicom.status == 2 && dicom.errors.contains("IM0001") && dicom.errors.contains("dcm2niix"), "\(dicom.errors)")
        try NIfTIWriter.write(Self.scan(), to: scratch.file("plain/a.nii"))
        let plain = try Command.run("dataconvert", "-d", scratch.file("plain"), "-r", "1", "-o", scratch.file("out"))
        #expect(plain.status != 0 && plain.errors.contains("ending in .nii, "), "\(plain.errors)")
    }

    /// Voxels a trillion times as long as wide are drawn, in masks over scans and in evaluations.
    @Test func voxelsOfAnyProportionAreDrawn() throws {
        let affine = Affine(columns: [[1e-9, 0, 0], [0, 1, 0], [0, 0, 1e12]], origin: .zero)
        let scan = try Volume(Self.scan().tensor, affine: affine)
        let mask = try Volume(Tensor(zeros: .u8, scan.tensor.shape), affine: affine)
        #expect(try Overlay(image: scan, mask: mask).slices().count == 3)
        #expect(try Overlay(image: scan, mask: mask).sheet().pixels.isEmpty == false)
    }

    @Test func foldersAreResampledAndABrokenFileDoesNotKeepTheOthers() throws {
        let scratch = try Scratch()
        for folder in ["in/imagesTr", "in/labelsTr"] {
            try FileManager.default.createDirectory(atPath: scratch.file(folder), withIntermediateDirectories: true)
        }
        let scan = try Self.scan()
        try NIfTIWriter.write(scan, to: scratch.file("in/imagesTr/a.nii.gz"))
        let label = try Volume(scan.tensor.array(Float.self).map { $0 > 40 ? 2 : 0 }.withShape(scan.tensor.shape), affine: scan.affine)
        try NIfTIWriter.write(label, to: scratch.file("in/labelsTr/a.nii.gz"))
        try AtomicFile.write(text: "no volume", to: scratch.file("in/imagesTr/b.nii.gz"))
        let result = try Command.run(
            "dataconvert", "-d", scratch.file("in"), "-r", "1", "-s", ".nii.gz", "-e", ".nii", "-o", scratch.file("out"))
        #expect(result.status == 2 && result.output.contains("2 of 3") && result.errors.contains("b.nii.gz"))
        let (image, mask) = (
            try VolumeFile.read(scratch.file("out/imagesTr/a.nii")), try VolumeFile.read(scratch.file("out/labelsTr/a.nii"))
        )
        #expect(image.extents == [36, 42, 30] && mask.extents == image.extents && mask.affine == image.affine)
        #expect(Set(try mask.tensor.array(Float.self)) == [0, 2])
    }

    @Test func networksAloneNeedTransforms() throws {
        let scratch = try Scratch()
        try NIfTIWriter.write(Self.scan(), to: scratch.file("scan.nii"))
        let model = Project.fixture("onnx/unet3d_small.onnx")
        let bare = try Command.run("segment", model, scratch.file("scan.nii"), "-o", scratch.file("m.nii"))
        #expect(bare.status == 64 && bare.errors.contains("--transforms"))
        try AtomicFile.write(text: #"[{"name": "Wobbled", "args": {"keys": "image"}}]"#, to: scratch.file("t.json"))
        let unknown = try Command.run(
            "prepare", scratch.file("scan.nii"), "--transforms", scratch.file("t.json"), "-o", scratch.file("o.npy"))
        #expect(unknown.status == 2 && unknown.errors.contains("Wobbled"))
        try AtomicFile.write(
            text: #"{"pre_transforms": [{"name": "DivisiblePadd", "args": {"keys": "image", "k": 16}}]}"#, to: scratch.file("t.json"))
        let prepared = try Command.run(
            "prepare", scratch.file("scan.nii"), "--transforms", scratch.file("t.json"), "-o", scratch.file("o.npy"))
        #expect(prepared.status == 0, "\(prepared.errors)")
        let shape = try NPY.read(scratch.file("o.npy")).shape
        #expect(shape == [1, 1, 32, 32, 32])
    }
}

private enum PointList {
    static func parse(_ arguments: [String]) -> [[Int]] {
        arguments.filter { $0 != "--point" }.map { $0.split(separator: ",").compactMap { Int($0) } }
    }
}

extension [Float] {
    fileprivate func withShape(_ shape: [Int]) throws -> Tensor { try Tensor(self, shape: shape) }
}
