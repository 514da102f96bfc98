import Foundation
import TestSupport
import Testing
import TorchImport

/// Damaged files give an error or a model, never a trap.
@Suite struct DamageTests {
    private func attempt(_ file: String, _ body: (_ whole: [UInt8], _ open: ([UInt8]) throws -> Void) throws -> Void) throws {
        let network = try #require(try NetworkTests.listed().first { $0.file == file })
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(NetworkTests.folder)/\(file)")))
        let options = ImportOptions(architecture: network.architecture)
        #expect(throws: Never.self) { _ = try TorchImporter.importModel(Opening.file(whole), options) }
        try body(whole) { bytes in
            try refusal { _ = try TorchImporter.importModel(Opening.file(bytes), options) }
        }
    }

    @Test(arguments: ["unet_wrapped.pt", "basicunet.safetensors", "resnet.pt"])
    func truncatedAnywhere(file: String) throws {
        try attempt(file) { whole, open in
            for count in stride(from: 0, to: whole.count, by: file == "unet_wrapped.pt" ? 1 : 37) { try open(Array(whole[..<count])) }
        }
    }

    @Test(arguments: ["unet_wrapped.pt", "basicunet.safetensors", "resnet.pt", "segresnet_shuffle.pt"])
    func bitsFlipped(file: String) throws {
        try attempt(file) { whole, open in
            var damage = Damage(whole, seed: 1)
            // The pickle and the directories are the first and last thousands of bytes.
            for _ in 0..<300 { try open(damage.flipped(ends: 4000)) }
        }
    }

    /// ZIP members carry checksums, so damage inside a pickle has to be tried on the pickle itself.
    @Test func bytesOfAPickleReplaced() throws {
        let good = PickleMaker.dictionary { maker in
            maker.tensor("0", 6, [2, 3], [3, 1])
        }
        let storage = FileMaker.floats([0, 1, 2, 3, 4, 5])
        #expect(try Opening.error(FileMaker.torch(good, ["0": storage])) == nil)
        for place in good.bytes.indices {
            for value in stride(from: 0, to: 256, by: 7) {
                var bad = good
                bad.bytes[place] = UInt8(value)
                _ = try Opening.error(FileMaker.torch(bad, ["0": storage]))
            }
        }
    }
}
