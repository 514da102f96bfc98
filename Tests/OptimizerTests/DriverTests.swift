import Optimizer
import TestSupport
import Testing

@Suite struct DriverTests {
    /// Two equal chains of three ReLUs on one input, and one node nobody reads.
    private func twinChains() throws -> Graph {
        var graph = Graph(name: "twins")
        let x = graph.addInput("x", TensorType(.f32, fixed: [2, 3]))
        var ends: [ValueID] = []
        for side in ["left", "right"] {
            var value = x
            for step in 1...3 { value = try graph.add(Relu(), [value], name: "\(side)_\(step)")[0] }
            ends.append(value)
        }
        try graph.add(Relu(), [x], name: "unread")
        graph.setOutputs(try graph.add(Add(), [ends[0], ends[1]], name: "sum"))
        return graph
    }

    @Test func countsPatchesByPass() throws {
        var graph = try twinChains()
        let report = try graph.optimize()
        #expect(report.count("eliminate-dead-code") == 1)
        #expect(report.count("eliminate-common-subexpressions") == 3)
        #expect(report.nodesBefore == 8)
        #expect(report.nodesAfter == 4)
        #expect(!report.stoppedEarly)
        #expect(report.explanations.map { $0.reason }.contains("computes the same as left_2"))
        try graph.verify()
    }

    @Test(arguments: 0...4) func stopsAfterSoManyPatches(_ limit: Int) throws {
        var graph = try twinChains()
        let report = try graph.optimize(options: OptimizationOptions(stopAfter: limit))
        #expect(report.patchCount == limit)
        #expect(report.stoppedEarly == (limit < 4))
        try graph.verify()
    }

    @Test func skipsAndPicksPasses() throws {
        var graph = try twinChains()
        let pipeline = try Pipeline.standard.skipping(["eliminate-common-subexpressions"])
        #expect(try graph.optimize(pipeline).nodesAfter == 7)
        let only = try Pipeline.standard.only(["eliminate-dead-code"])
        #expect(only.passes == ["eliminate-dead-code"])
        #expect(throws: OsteonError.self) { try Pipeline.standard.only(["fold-paper"]) }
    }

    @Test func theSameGraphGivesTheSameResult() throws {
        var first = try twinChains()
        var second = try twinChains()
        try first.optimize()
        try second.optimize()
        #expect(first.dump() == second.dump())
    }

    @Test func outputsKeepTheirNames() throws {
        var graph = Graph()
        let x = graph.addInput("x", TensorType(.f32, fixed: [2]))
        let a = try graph.add(Relu(), [x], name: "a")[0]
        let b = try graph.add(Relu(), [x], name: "b")[0]
        graph.setOutputs([a, b])
        // Both outputs are the same: two values they stay, under their own names.
        #expect(try graph.optimize().patchCount == 0)
        #expect(graph.outputs.map { graph[$0].name } == ["a", "b"])
        let c = try graph.add(Relu(), [x], name: "c")[0]
        let d = try graph.add(LeakyRelu(), [c], name: "d")[0]
        graph.setOutputs([d, b])
        try graph.optimize()
        #expect(graph.outputs.map { graph[$0].name } == ["d", "b"])
        #expect(graph.nodeCount == 2)
    }

    @Test func equalConstantsBecomeOne() throws {
        var graph = Graph()
        let x = graph.addInput("x", TensorType(.f32, fixed: [2]))
        let c = graph.addConstant("c", try Tensor([1, 2] as [Float]))
        let d = graph.addConstant("d", try Tensor([1, 2] as [Float]))
        let e = graph.addConstant("e", try Tensor([1, 3] as [Float]))
        var value = x
        for constant in [c, d, e] { value = try graph.add(Add(), [value, constant])[0] }
        graph.setOutputs([value])
        try graph.optimize(Pipeline(["eliminate-common-subexpressions"]))
        #expect(graph.valueIDs.filter { graph.constant($0) != nil }.map { graph[$0].name } == ["c", "e"])
    }
}
