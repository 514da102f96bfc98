import Foundation
import ONNXImport
import TestSupport
import Testing
import WireFormats

@Suite final class ExternalDataTests {
    private let folder: URL
    private let outside: URL

    init() throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("osteon-external-\(UUID().uuidString)")
        folder = base.appendingPathComponent("model")
        outside = base.appendingPathComponent("secret.bin")
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("sub"), withIntermediateDirectories: true)
        try weights.write(to: outside)
        try weights.write(to: folder.appendingPathComponent("w.bin"))
        try weights.write(to: folder.appendingPathComponent("sub/w.bin"))
    }

    deinit { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }

    private var weights: Data { [Float](arrayLiteral: 9, 1, 2, 3).withUnsafeBytes { Data($0) } }

    /// Imports a model whose constant is said to lie at `location`.
    private func imported(_ location: String, _ entries: [String: String] = [:]) throws -> ImportedModel {
        defer { try? FileManager.default.removeItem(at: folder.appendingPathComponent("m.onnx")) }
        var maker = ModelMaker()
        maker.input("x", [3])
        maker.constant("w", [0, 0, 0])
        maker.model.graph.initializer[0].rawData = Data()
        maker.model.graph.initializer[0].dataLocation = .external
        for (key, value) in entries.merging(["location": location], uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
            var entry = Onnx_StringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            maker.model.graph.initializer[0].externalData.append(entry)
        }
        maker.node("Add", ["x", "w"], ["y"])
        maker.output("y")
        let path = folder.appendingPathComponent("m.onnx")
        try maker.bytes().write(to: path)
        return try ONNXImporter().importModel(path: path.path)
    }

    private func weight(_ model: ImportedModel) throws -> [Float]? {
        try model.graph.value(named: "w").flatMap { model.graph.constant($0) }?.array(Float.self)
    }

    @Test(arguments: ["w.bin", "sub/w.bin", "./w.bin"])
    func readsBesideTheModel(_ location: String) throws {
        let model = try imported(location, ["offset": "4", "length": "12"])
        #expect(try weight(model) == [1, 2, 3])
        #expect(model.sourceFiles.count == 2)
        #expect(try weight(imported(location)) == [9, 1, 2])
    }

    /// The SHA-1 of the whole file, as the standard has it, or of the tensor's own bytes; a wrong one is refused.
    @Test func checksumsAreHeld() throws {
        let whole = "5278d511d7f22daad245635cdfeefb44fb4fdded"
        let part = "d0951239f8a84d20d0b5ef1003165ee3b2c34eb5"
        #expect(try weight(imported("w.bin", ["offset": "4", "length": "12", "checksum": whole])) == [1, 2, 3])
        #expect(try weight(imported("w.bin", ["offset": "4", "length": "12", "checksum": whole.uppercased()])) == [1, 2, 3])
        #expect(try weight(imported("w.bin", ["offset": "4", "length": "12", "checksum": part])) == [1, 2, 3])
        #expect(try weight(imported("w.bin", ["checksum": ""])) == [9, 1, 2])
        for wrong in [
            String(whole.dropLast()) + (whole.hasSuffix("0") ? "1" : "0"), String(repeating: "0", count: 40),
            part.replacingOccurrences(of: "a", with: "b"), "abc", "sha1:\(whole)",
        ] {
            let error = failure { _ = try imported("w.bin", ["offset": "4", "length": "12", "checksum": wrong]) }
            #expect(error?.code == .malformed, "\(wrong)")
        }
        #expect(failure { _ = try imported("w.bin", ["checksum": String(repeating: "0", count: 40)]) }?.message.contains(whole) == true)
    }

    @Test(arguments: ["../secret.bin", "sub/../../secret.bin", "sub/../w.bin", "/etc/passwd", "", "..", ".", "sub", "w.bin\u{0}x"])
    func refusesToLeaveTheFolder(_ location: String) {
        let error = failure { _ = try imported(location) }
        #expect(error?.code == .unsafeReference)
        #expect(error?.trail.contains("tensor w") == true)
    }

    @Test func refusesAbsolutePathsIntoTheFolder() {
        #expect(errorCode { _ = try imported(folder.appendingPathComponent("w.bin").path) } == .unsafeReference)
    }

    @Test func refusesLinks() throws {
        let files = FileManager.default
        try files.createSymbolicLink(atPath: folder.path + "/soft.bin", withDestinationPath: outside.path)
        try files.createSymbolicLink(atPath: folder.path + "/inner.bin", withDestinationPath: "w.bin")
        try files.createSymbolicLink(atPath: folder.path + "/up", withDestinationPath: "..")
        try files.linkItem(atPath: outside.path, toPath: folder.path + "/hard.bin")
        for location in ["soft.bin", "inner.bin", "up/secret.bin", "hard.bin"] {
            #expect(errorCode { _ = try imported(location) } == .unsafeReference, "\(location)")
        }
    }

    @Test func walksByHandWithTheSameRules() throws {
        let files = FileManager.default
        try files.createSymbolicLink(atPath: folder.path + "/soft.bin", withDestinationPath: outside.path)
        try files.createSymbolicLink(atPath: folder.path + "/up", withDestinationPath: "..")
        let directory = try ContainedDirectory(path: folder.path)
        let descriptor = try directory.walk(["sub", "w.bin"], "sub/w.bin")
        #expect(descriptor >= 0)
        close(descriptor)
        #expect(errorCode { _ = try directory.walk(["soft.bin"], "soft.bin") } == .unsafeReference)
        #expect(errorCode { _ = try directory.walk(["up", "secret.bin"], "up/secret.bin") } == .unsafeReference)
        #expect(errorCode { _ = try directory.walk(["gone.bin"], "gone.bin") } == .unreadable)
    }

    @Test(arguments: [
        ["offset": "8"], ["offset": "-4"], ["length": "8"], ["offset": "x"], ["offset": "9223372036854775807"], ["length": "-12"],
    ])
    func refusesBoundsThatDoNotFit(_ entries: [String: String]) {
        let error = failure { _ = try imported("w.bin", entries) }
        #expect(error?.code == .malformed || error?.code == .limitExceeded)
    }

    @Test func refusesMissingFilesAndPipes() {
        #expect(errorCode { _ = try imported("gone.bin") } == .unreadable)
        mkfifo(folder.path + "/pipe.bin", 0o600)
        #expect(errorCode { _ = try imported("pipe.bin") } == .unsafeReference)
    }

    @Test func copiesWhatIsNotAligned() throws {
        try (Data([0]) + weights).write(to: folder.appendingPathComponent("odd.bin"))
        #expect(try weight(imported("odd.bin", ["offset": "1"])) == [9, 1, 2])
    }
}
