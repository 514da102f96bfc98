import Foundation
import Osteon
import TestSupport
import Testing

/// The code of `docs/library.md`, compiled and run. Each block of the page stands here line by line.
@Suite struct LibraryPageTests {
    let network = FaceTests.network
    let reference = FaceTests.reference
    let archive = FaceTests.fixture("trained/segmentation_phantoms")

    @Test func openingRunningConvertingExporting() throws {
        try withTemporaryFolder { folder in
            let model = try Model(contentsOf: network)
            for input in model.inputs { print(input.name, input.elementType, input.shape ?? []) }

            let optimized = try model.optimized()
            let session = try Session(optimized, shapes: ["image": [1, 2, 16, 16, 16]])
            let volume = try Tensor([Float](repeating: 0, count: 2 * 16 * 16 * 16), shape: [1, 2, 16, 16, 16])
            let outputs = try session.run(["image": volume])
            for (name, tensor) in outputs { print(name, tensor.shape, try tensor.floats().count) }
            #expect(outputs["logits"]?.shape == [1, 3, 16, 16, 16])

            var options = OpenOptions()
            options.outputs = [model.outputs[0].name]
            let cut = try Model(contentsOf: network, options: options)
            #expect(cut.outputs == model.outputs)

            var converter = Converter()
            converter.reference = reference
            let report = try converter.convert(network, to: "\(folder)/network.osteon")
            print(report.fileBytes, report.equivalence[0].relativeError, report.reference[0].passed)

            let written = try Model(contentsOf: "\(folder)/network.osteon")
            print(try Verifier().verify(written, reference: reference).passed)
            print(try Verifier().verify(written, against: model).passed)

            var exporter = Exporter()
            exporter.operatorSet = 17
            let files = try exporter.export(network, to: "\(folder)/network17.onnx")
            print(files[0].path, files[0].checks[0].passed)

            var quantizer = Quantizer(.fp16)
            quantizer.budget.maximumError = 0.01
            let reduced = try quantizer.quantize(network, to: "\(folder)/half.osteon")
            print(reduced.fileBytes, reduced.maximumError ?? 0)
            #expect(reduced.fileBytes > 0)
        }
    }

    @Test func scansAreSegmentedAndModelsScored() throws {
        try withTemporaryFolder { folder in
            let scan = "\(folder)/scan.nii"
            let dataset = "\(folder)/dataset.json"
            try Self.volume { $0 < 8 ? 300 : 700 }.write(to: URL(filePath: scan))
            try Self.volume { $0 < 8 ? 1 : 2 }.write(to: URL(filePath: "\(folder)/label.nii"))
            let list = #"{"validation": [{"image": "scan.nii", "label": "label.nii"}]}"#
            try Data(list.utf8).write(to: URL(filePath: dataset))

            let segmenter = try Segmenter(Model(contentsOf: archive))
            let mask = try segmenter.segment([scan], to: "\(folder)/mask.nii.gz")
            for structure in mask.structures { print(structure.name, structure.millilitres) }

            let evaluator = Evaluator(dataset: dataset)
            let evaluation = try evaluator.evaluate(Model(contentsOf: archive))
            for score in evaluation.scores where score.metric == "Dice" { print(score.structure, score.value, score.cases) }
            #expect(mask.extents == [16, 16, 16] && mask.structures.map(\.name) == ["core", "shell"])
            #expect(evaluation.isComplete && evaluation.scores.count { $0.metric == "Dice" } >= 2)
        }
    }

    /// A NIfTI file of 16×16×16 voxels of 1 mm, whose values depend on the last axis.
    static func volume(_ value: (Int) -> Float) -> Data {
        var file = Data(count: 352)
        func put(_ place: Int, _ bytes: [UInt8]) { file.replaceSubrange(place..<(place + bytes.count), with: bytes) }
        func shorts(_ values: [Int16]) -> [UInt8] { values.flatMap { value in withUnsafeBytes(of: value.littleEndian, Array.init) } }
        func floats(_ values: [Float]) -> [UInt8] {
            values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
        }
        put(0, shorts([348, 0]))
        put(40, shorts([3, 16, 16, 16, 1, 1, 1, 1]))
        put(70, shorts([16, 32]))
        put(76, floats([1, 1, 1, 1]))
        put(108, floats([352]))
        put(123, [2])
        put(254, shorts([1]))
        put(280, floats([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]))
        put(344, Array("n+1".utf8) + [0])
        for slice in 0..<16 { file.append(contentsOf: floats([Float](repeating: value(slice), count: 256))) }
        return file
    }

    @Test func errorsAreCaught() {
        do {
            _ = try Model(contentsOf: "missing.onnx")
        } catch {
            print(error.code, error.message, error.trail)
            #expect(error.code == .unreadable)
        }
    }

    /// Every line of the page's Swift blocks, in order, but for indentation.
    @Test func thePageIsThisFile() throws {
        let lines = { (text: String) in text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) } }
        var source = try lines(HouseTests.text("Tests/OsteonTests/LibraryPageTests.swift"))[...]
        let blocks = try HouseTests.text("docs/library.md").split(separator: "```swift\n").dropFirst().map { $0.prefix { $0 != "`" } }
        #expect(blocks.count >= 6)
        for line in blocks.flatMap({ lines(String($0)) }) where !line.isEmpty {
            let place = try #require(source.firstIndex(of: line), "docs/library.md has a line that isn't tested: \(line)")
            source = source[(place + 1)...]
        }
    }
}
