import Bytes
import Foundation
import Inspection
import Metrics
import Testing
import Workflows

/// Damaged files give an error or a model, never a crash: seeded damage, so that a failure can be found again.
@Suite struct HostileFileTests {
    static let sources = ["onnx/unet3d_small.onnx", "onnx/segresnet3d_small.onnx"]

    /// SplitMix64, to choose places and values.
    private struct Dice {
        var state: UInt64
        mutating func roll(_ sides: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((z ^ (z >> 31)) % UInt64(max(sides, 1)))
        }
    }

    /// Opens the file, and where that works types and lists it: whatever happens must be an `OsteonError`.
    private func open(_ bytes: Data, in folder: Scratch) throws {
        let path = folder.file("model")
        try bytes.write(to: URL(fileURLWithPath: path))
        do {
            let model = try Model.open(path)
            _ = try GraphReport(model.graph)
        } catch is OsteonError {}
    }

    @Test(arguments: sources) func damagedBytes(name: String) throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: Project.fixture(name)))
        let folder = try Scratch()
        var dice = Dice(state: 1)
        for _ in 0..<150 {
            var bytes = whole
            for _ in 0...dice.roll(4) {
                // Half of the damage in the first tenth, where structure is denser than in weights.
                let place = dice.roll(2) == 0 ? dice.roll(bytes.count) : dice.roll(bytes.count / 10)
                bytes[place] = UInt8(dice.roll(256))
            }
            try open(bytes, in: folder)
        }
    }

    @Test(arguments: sources) func truncatedAnywhere(name: String) throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: Project.fixture(name)))
        let folder = try Scratch()
        var dice = Dice(state: 2)
        for _ in 0..<60 { try open(whole.prefix(dice.roll(whole.count)), in: folder) }
    }

    @Test func damagedNativeFilesAreAlwaysRefused() throws {
        let folder = try Scratch()
        #expect(try Command.run("convert", Project.fixture("onnx/unet3d_small.onnx"), "-o", folder.file("good")).status == 0)
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file("good")))
        var dice = Dice(state: 3)
        for _ in 0..<100 {
            var bytes = whole
            let place = dice.roll(bytes.count)
            bytes[place] ^= UInt8(1 << dice.roll(8))
            try bytes.write(to: URL(fileURLWithPath: folder.file("bad")))
            #expect(throws: OsteonError.self, "byte \(place)") { try Model.open(folder.file("bad")) }
        }
    }
}
