import Foundation
import ONNXImport
import TestSupport
import Testing
import WireFormats

@Suite struct HostileFileTests {
    private func identity() -> ModelMaker {
        var maker = ModelMaker()
        maker.input("x", [1])
        maker.node("Neg", ["x"], ["y"])
        maker.output("y")
        return maker
    }

    /// Values that Swift's strings would take for one.
    @Test func namesThatLookAlikeAreRefused() throws {
        for (first, second) in [("\u{E9}", "e\u{301}"), ("k\u{212A}", "kK")] {
            var maker = ModelMaker()
            maker.input("x", [1])
            maker.node("Neg", ["x"], [first])
            maker.node("Abs", [first], [second])
            maker.output(second)
            let bytes = try maker.bytes()
            let error = failure { _ = try ModelMaker.imported(bytes) }
            #expect(error?.code == .unsupported && error?.message.contains("Unicode") == true, "\(String(describing: error))")
        }
    }

    @Test func everyTruncationIsAnError() throws {
        var maker = identity()
        maker.constant("w", [1, 2, 3])
        maker.node("Add", ["x", "w"], ["z"])
        maker.output("z")
        let bytes = try maker.bytes()
        _ = try ModelMaker.imported(bytes)
        for count in 0..<bytes.count {
            // A cut between two fields leaves a readable file that lacks something, or only what it can do without.
            if let error = failure({ _ = try ModelMaker.imported(bytes.prefix(count)) }) {
                #expect([.malformed, .unsupported, .invalidGraph].contains(error.code), "\(count): \(error)")
            }
        }
    }

    @Test func everyFlippedByteIsReadOrRefused() throws {
        var maker = identity()
        maker.constant("w", [1, 2, 3])
        maker.node("Add", ["x", "w"], ["z"], name: "sum")
        maker.output("z")
        let bytes = try maker.bytes()
        for index in bytes.indices {
            for mask: UInt8 in [0x01, 0x80, 0xFF] {
                var copy = bytes
                copy[index] ^= mask
                _ = failure { _ = try ModelMaker.imported(copy) }
            }
        }
    }

    @Test func refusesWhatIsNoModel() {
        #expect(errorCode { _ = try ModelMaker.imported(Data()) } == .malformed)
        #expect(errorCode { _ = try ModelMaker.imported(Data("hello, world".utf8)) } == .malformed)
        #expect(errorCode { _ = try ModelMaker.imported(Data([0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07])) } == .malformed)
        #expect(errorCode { _ = try ModelMaker().imported() } == .malformed)  // no outputs
    }

    @Test func listsAllUnsupportedOperatorsAtOnce() throws {
        var maker = identity()
        maker.node("Frobnicate", ["y"], ["a"], name: "first")
        maker.node("Frobnicate", ["a"], ["b"], name: "second")
        maker.node("Warp", ["b"], ["c"], domain: "com.example", name: "third")
        maker.output("c")
        let error = try #require(failure { _ = try maker.imported() })
        #expect(error.code == .unsupported)
        #expect(error.message.contains("Frobnicate of ai.onnx 21: 2 × (first, second)"))
        #expect(error.message.contains("Warp of com.example: 1 × (third)"))
    }

    @Test func refusesCyclesDoublesAndGaps() {
        var cycle = ModelMaker()
        cycle.input("x", [1])
        cycle.node("Add", ["x", "b"], ["a"])
        cycle.node("Neg", ["a"], ["b"])
        cycle.output("b")
        #expect(errorCode { _ = try cycle.imported() } == .malformed)

        var double = identity()
        double.node("Abs", ["x"], ["y"])
        #expect(errorCode { _ = try double.imported() } == .malformed)

        var clash = identity()
        clash.constant("y", [1])
        #expect(errorCode { _ = try clash.imported() } == .malformed)

        var gap = identity()
        gap.node("Add", ["y", "nothing"], ["z"], name: "sum")
        gap.output("z")
        let error = failure { _ = try gap.imported() }
        #expect(error?.code == .malformed)
        #expect(error?.trail.contains("Add node sum") == true)
    }

    @Test(arguments: [[-1, 2], [Int.max, Int.max], [1 << 40, 1 << 40], [7]])
    func refusesShapesTheDataDoesNotFill(_ shape: [Int]) {
        var maker = identity()
        maker.constant("w", [1, 2, 3], shape)
        maker.node("Add", ["x", "w"], ["z"])
        maker.output("z")
        let error = failure { _ = try maker.imported() }
        #expect(error?.code == .malformed || error?.code == .limitExceeded)
        #expect(error?.trail.contains("tensor w") == true)
    }

    @Test(arguments: [Onnx_TensorProto.DataType.string, .float8E4M3Fn, .int4, .complex64])
    func namesUnsupportedElementTypes(_ type: Onnx_TensorProto.DataType) {
        var maker = identity()
        maker.constant("w", [1])
        maker.model.graph.initializer[0].dataType = Int32(type.rawValue)
        maker.node("Add", ["x", "w"], ["z"])
        maker.output("z")
        let error = failure { _ = try maker.imported() }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("w") == true)
    }

    @Test func refusesSequenceInputsAndSegments() {
        var sequence = identity()
        sequence.model.graph.input[0].type.sequenceType = Onnx_TypeProto.Other()
        #expect(errorCode { _ = try sequence.imported() } == .unsupported)

        var segment = identity()
        segment.constant("w", [1])
        segment.model.graph.initializer[0].segment = Onnx_TensorProto.Segment()
        segment.node("Add", ["x", "w"], ["z"])
        segment.output("z")
        #expect(errorCode { _ = try segment.imported() } == .unsupported)
    }

    @Test func booleansAreMadeZeroOrOne() throws {
        var maker = ModelMaker()
        var mask = Onnx_TensorProto()
        (mask.name, mask.dims, mask.dataType, mask.rawData) = ("m", [3], 9, Data([0, 2, 255]))
        maker.model.graph.initializer = [mask]
        maker.node("Not", ["m"], ["y"])
        maker.output("y")
        #expect(try maker.run([:])["y"]?.array(Bool.self) == [true, false, false])
    }

    @Test func refusesAmplification() {
        // Two bytes a node: 40 MB in memory for 1 MB of file.
        let count = 2_000_000
        var graph = Data(capacity: count * 2)
        for _ in 0..<count { graph.append(contentsOf: [0x0A, 0x00]) }
        var file = Data([0x08, 0x0A, 0x3A])
        var length = graph.count
        while length >= 0x80 {
            file.append(UInt8(length & 0x7F | 0x80))
            length >>= 7
        }
        file.append(UInt8(length))
        #expect(errorCode { _ = try ModelMaker.imported(file + graph) } == .limitExceeded)
    }

    @Test func refusesDeepNesting() {
        var graph = ModelMaker.graph([ModelMaker.node("Neg", ["x"], ["y"])], outputs: ["y"])
        for _ in 0..<40 {
            let node = ModelMaker.node("If", ["c"], ["y"], ["then_branch": graph, "else_branch": graph])
            graph = ModelMaker.graph([node], outputs: ["y"])
            graph.node[0].attribute.removeLast()
        }
        var maker = identity()
        maker.model.graph.node.append(contentsOf: graph.node)
        #expect(errorCode { _ = try maker.imported() } == .limitExceeded)
    }

    @Test func readsEveryOperatorSetAndSaysWhereItIsTooNew() throws {
        for number in [1, 6, 7] as [Int64] { #expect(try version(number).notes.isEmpty) }
        #expect(try version(99).notes.count == 1)
        var maker = identity()
        maker.model.opsetImport = []
        #expect(errorCode { _ = try maker.imported() } == .malformed)
        // Files of the first two versions of the format had no operator sets yet.
        maker.model.irVersion = 2
        #expect(try maker.imported().notes.isEmpty)
    }

    private func version(_ number: Int64) throws -> ImportedModel {
        var maker = identity()
        maker.model.opsetImport = [ModelMaker.opset("", number)]
        return try maker.imported()
    }
}
