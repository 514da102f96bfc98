import Foundation
import Osteon
import Testing

/// The library as a program meets it: through `import Osteon` alone.
@Suite struct FaceTests {
    static func fixture(_ path: String) -> String { HouseTests.root.appending(path: "fixtures/\(path)").path }
    static let network = fixture("onnx/segresnet3d_small.onnx")
    static let reference = fixture("onnx/segresnet3d_small.npz")

    /// A folder of its own, removed afterwards.
    private func withTemporaryFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "osteon-face-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    @Test func aModelIsOpenedOptimisedAndRun() throws {
        let model = try Model(contentsOf: Self.network)
        #expect(model.formatName == "ONNX" && model.inputs.count == 1 && model.outputs.count == 1)
        let optimized = try model.optimized()
        #expect(optimized.nodeCount < model.nodeCount)
        let input = try #require(model.inputs.first)
        let session = try Session(optimized)
        let shape = try #require(try model.inspected().layers.first?.outputShape)
        #expect(!shape.isEmpty && session.arenaByteCount > 0)
        #expect(throws: OsteonError.self) { try session.run([input.name: Tensor([Float(1)], shape: [1])]) }
    }

    @Test func sessionsGiveWhatTheFrameworkGave() throws {
        let model = try Model(contentsOf: Self.network)
        let report = try Verifier().verify(model.optimized(), reference: Self.reference)
        #expect(report.passed && !report.outputs.isEmpty)
        for output in report.outputs { #expect(output.passed && output.relativeError < 1e-4 && output.decibels > 80) }
    }

    @Test func aConversionIsProvedWrittenAndCheckedAgain() throws {
        try withTemporaryFolder { folder in
            var converter = Converter()
            converter.reference = Self.reference
            let file = "\(folder)/network.osteon"
            let report = try converter.convert(Self.network, to: file)
            #expect(report.equivalence.allSatisfy(\.passed) && report.reference.allSatisfy(\.passed) && !report.reference.isEmpty)
            #expect(report.fileBytes > 0)
            let written = try Model(contentsOf: file)
            #expect(try Verifier().recheck(written, reference: Self.reference))
            #expect(try !Verifier().recheck(written))
            #expect(try Verifier().verify(written, against: Model(contentsOf: Self.network)).passed)
        }
    }

    @Test func variantsAndReducedModelsAreWritten() throws {
        try withTemporaryFolder { folder in
            var exporter = Exporter()
            exporter.shapes = [[.init([16, 16, 16])]]
            let files = try exporter.export(Self.network, to: "\(folder)/network.osteon")
            #expect(files.count == 1 && files[0].checks.allSatisfy(\.passed))
            let half = try Quantizer(.fp16).quantize(Self.network, to: "\(folder)/half.osteon")
            #expect(half.fileBytes > 0 && half.fileBytes < half.floatBytes * 3)
            var tight = Quantizer(.int8)
            tight.budget.minimumDecibels = 1000
            #expect(throws: OsteonError.self) { try tight.quantize(Self.network, to: "\(folder)/none.osteon") }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/none.osteon"))
        }
    }

    @Test func errorsSayWhatWhereAndTheCode() throws {
        do {
            _ = try Model(contentsOf: "/nowhere/at/all")
            Issue.record("there's no such file")
        } catch let error as OsteonError {
            #expect(error.code == .unreadable && !error.message.isEmpty)
        }
        var options = OpenOptions()
        options.outputs = ["nothing of the kind"]
        #expect(throws: OsteonError.self) { try Model(contentsOf: Self.network, options: options) }
        #expect(throws: OsteonError.self) { try Session(Model(contentsOf: Self.network), engine: EngineOptions(instructionSet: "z80")) }
    }

    @Test func tensorsTravelThroughFiles() throws {
        try withTemporaryFolder { folder in
            let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
            try tensor.write(to: "\(folder)/t.npy")
            let read = try Tensor(contentsOf: "\(folder)/t.npy")
            #expect(try read.shape == [2, 3] && read.elementType == .f32 && read.floats() == tensor.floats())
            #expect(read.withUnsafeBytes { $0.count } == 24)
        }
    }
}
