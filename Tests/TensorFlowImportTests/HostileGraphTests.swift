import Foundation
import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Damaged and malicious graphs: each gives a typed error, none a crash.
@Suite struct HostileGraphTests {
    private func expectMalformed(_ build: (inout GraphMaker) -> Void, sourceLocation: SourceLocation = #_sourceLocation) {
        var maker = GraphMaker()
        maker.placeholder("x", [1])
        build(&maker)
        #expect(maker.failure()?.code == .malformed, sourceLocation: sourceLocation)
    }

    @Test func cycles() {
        expectMalformed { maker in
            maker.add("Add", "a", ["x", "b"])
            maker.add("Neg", "b", ["a"])
            maker.add("Neg", "y", ["b"])
        }
        expectMalformed { maker in
            maker.add("Add", "a", ["x", "a"])
            maker.add("Neg", "y", ["a"])
        }
    }

    @Test func missingInputs() {
        expectMalformed { $0.add("Neg", "y", ["x", "nowhere"]) }
        expectMalformed { $0.add("Add", "y", ["x"]) }
        expectMalformed { $0.add("Neg", "y", ["x:3"]) }
        expectMalformed { $0.add("Neg", "y", ["x:-1"]) }
        expectMalformed { $0.add("Neg", "y", ["x:99999999999999999999"]) }
    }

    @Test func namesTwiceOrUnreadable() {
        expectMalformed { $0.add("Neg", "x", ["x"]) }
        expectMalformed { $0.add("Neg", "", ["x"]) }
        expectMalformed { $0.add("Neg", "caf\u{e9}", ["x"]) }
    }

    @Test func loopsAreNamed() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [1])
        maker.add("Enter", "enter", ["x"])
        maker.add("Merge", "merge", ["enter", "next"])
        maker.add("Neg", "body", ["merge"])
        maker.add("NextIteration", "next", ["body"])
        maker.add("Exit", "exit", ["body"])
        let error = try #require(maker.failure())
        #expect(error.code == .unsupported && error.message.contains("a loop"))
    }

    @Test func deepChainsDoNotOverflow() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [1])
        var last = "x"
        for index in 0..<20_000 {
            maker.add("Identity", "n\(index)", [last])
            last = "n\(index)"
        }
        maker.add("Relu", "y", [last])
        #expect(try maker.imported().operators == ["Relu"])
    }

    @Test func emptyAndForeignBytes() throws {
        for bytes in [Data(), Data([0]), Data("hello, world".utf8), Data([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F])] {
            #expect(throws: OsteonError.self) { try GraphMaker.imported(bytes) }
            #expect(!FrozenGraphImporter.recognizes(SharedBytes(bytes)))
        }
    }

    /// A graph that meets many paths: a condition, a convolution, shape arithmetic.
    private func sample() throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: FixtureTests.folder + "/unet3d.pb"))
    }

    @Test func itIsRecognised() throws {
        let bytes = try sample()
        #expect(FrozenGraphImporter.recognizes(SharedBytes(bytes)))
        #expect(FrozenGraphImporter.recognizes(SharedBytes(Array(bytes.prefix(400)))) || bytes.count < 400)
    }

    @Test func truncationAnywhereIsAnErrorOrASmallerGraph() throws {
        let bytes = try sample()
        for length in stride(from: 0, to: bytes.count, by: 211) {
            _ = try? GraphMaker.imported(bytes.prefix(length))
        }
        #expect(throws: OsteonError.self) { try GraphMaker.imported(bytes.prefix(bytes.count - 1)) }
    }

    @Test func flippedBitsNeverCrash() throws {
        var damage = Damage(try sample(), seed: 8)
        var failures = 0
        for _ in 0..<150 {
            let error = try refusal { _ = try GraphMaker.imported(Data(damage.flipped(3))) }
            #expect(error?.code != .internalFault)
            if error != nil { failures += 1 }
        }
        #expect(failures > 0)
    }
}
