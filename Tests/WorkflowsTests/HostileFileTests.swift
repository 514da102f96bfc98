import Bytes
import Foundation
import Inspection
import Metrics
import TestSupport
import Testing
import Workflows

/// Damaged files give an error or a model, never a crash: seeded damage, so that a failure can be found again.
@Suite struct HostileFileTests {
    static let sources = ["onnx/unet3d_small.onnx", "onnx/segresnet3d_small.onnx"]

    /// Opens the file, and where that works types and lists it: whatever happens must be an `OsteonError`.
    private func open(_ bytes: [UInt8], in folder: Scratch) throws {
        let path = folder.file("model")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try refusal {
            let model = try Model.open(path)
            _ = try GraphReport(model.graph)
        }
    }

    private func damage(_ path: String, seed: UInt64) throws -> Damage {
        Damage(try Data(contentsOf: URL(fileURLWithPath: path)), seed: seed)
    }

    @Test(arguments: sources) func damagedBytes(name: String) throws {
        var damage = try damage(Project.fixture(name), seed: 1)
        let folder = try Scratch()
        for _ in 0..<150 { try open(damage.overwritten(atMost: 4, front: 0.1), in: folder) }
    }

    @Test(arguments: sources) func truncatedAnywhere(name: String) throws {
        var damage = try damage(Project.fixture(name), seed: 2)
        let folder = try Scratch()
        for _ in 0..<60 { try open(damage.truncated(), in: folder) }
    }

    @Test func damagedNativeFilesAreAlwaysRefused() throws {
        let folder = try Scratch()
        #expect(try Command.run("convert", Project.fixture("onnx/unet3d_small.onnx"), "-o", folder.file("good")).status == 0)
        var damage = try damage(folder.file("good"), seed: 3)
        for round in 0..<100 {
            try Data(damage.flipped()).write(to: URL(fileURLWithPath: folder.file("bad")))
            #expect(throws: OsteonError.self, "round \(round)") { try Model.open(folder.file("bad")) }
        }
    }
}
