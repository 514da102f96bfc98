import Engine
import TestSupport
import Testing

@Suite struct MemoryHintTests {
    /// A chain x → a → b → c → y with a skip from a to y and a view in it.
    private func chain() throws -> Graph {
        var graph = Graph(name: "chain")
        let x = graph.addInput("x", TensorType(.f32, fixed: [4, 32]))
        let a = try graph.add(Softmax(), [x], outputNames: ["a"])[0]
        let b = try graph.add(Relu(), [a], outputNames: ["b"])[0]
        let shape = graph.addConstant("shape", try Tensor([Int64(32), 4]))
        let c = try graph.add(Reshape(), [b, shape], outputNames: ["c"])[0]
        let back = graph.addConstant("back", try Tensor([Int64(4), 32]))
        let d = try graph.add(Reshape(), [c, back], outputNames: ["d"])[0]
        let e = try graph.add(Add(), [d, a], outputNames: ["e"])[0]
        graph.setOutputs(try graph.add(Tanh(), [e], outputNames: ["y"]))
        return graph
    }

    @Test func viewsShareAndElementwiseOperatorsOverwrite() throws {
        let graph = try chain()
        let hint = try #require(try MemoryHint(planning: graph))
        let offsets = Dictionary(uniqueKeysWithValues: hint.slots.map { ($0.name, $0.offset) })
        // a lives on beside b; c and d show b's bytes; e takes the place of one that ends.
        #expect(Set(offsets.keys) == ["a", "b", "c", "d", "e"])
        #expect(offsets["b"] == offsets["c"] && offsets["c"] == offsets["d"] && offsets["a"] != offsets["b"])
        #expect(offsets["e"] == offsets["d"] || offsets["e"] == offsets["a"])
        #expect(hint.arenaByteCount == 2 * 512)
        try hint.check(for: graph)
    }

    @Test func aHintThatLiesIsRefused() throws {
        let graph = try chain()
        let hint = try #require(try MemoryHint(planning: graph))
        func refused(_ change: (inout MemoryHint) -> Void) -> Bool {
            var copy = hint
            change(&copy)
            return [.malformed, .limitExceeded].contains(errorCode { try copy.check(for: graph) })
        }
        let place = try #require(hint.slots.firstIndex { $0.name == "b" })
        let other = try #require(hint.slots.first { $0.name == "a" })
        #expect(refused { $0.slots[place].offset = other.offset })
        #expect(refused { $0.slots[place].offset += 32 })
        #expect(refused { $0.slots[place].byteCount = 256 })
        #expect(refused { $0.slots[place].name = "x" })
        #expect(refused { $0.slots[place].name = "y" })
        #expect(refused { $0.slots[place].name = "nothing" })
        #expect(refused { $0.slots.append($0.slots[place]) })
        #expect(refused { $0.arenaByteCount += 64 })
        #expect(refused { $0.arenaByteCount = .max })
        #expect(refused { $0.slots[place].offset = .max - 63 })
        // The input of an operator that isn't elementwise can't be overwritten.
        var normalized = Graph(name: "n")
        let x = normalized.addInput("x", TensorType(.f32, fixed: [4, 32]))
        let a = try normalized.add(Relu(), [x], outputNames: ["a"])[0]
        let b = try normalized.add(Softmax(), [a], outputNames: ["b"])[0]
        normalized.setOutputs(try normalized.add(Relu(), [b], outputNames: ["y"]))
        let lie = MemoryHint(
            arenaByteCount: 512, slots: [.init(name: "a", offset: 0, byteCount: 512), .init(name: "b", offset: 0, byteCount: 512)])
        #expect(errorCode { try lie.check(for: normalized) } == .malformed)
    }

    @Test func whatIsGivenOutHasNoPlaceAndWithItItsViews() throws {
        var graph = Graph(name: "views")
        let x = graph.addInput("x", TensorType(.f32, fixed: [4, 32]))
        let a = try graph.add(Relu(), [x], outputNames: ["a"])[0]
        graph.setOutputs(try graph.add(Flatten(axis: 0), [a], outputNames: ["y"]))
        #expect(try MemoryHint(planning: graph) == nil)
    }
}
