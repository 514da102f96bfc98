import Engine
import TestSupport
import Testing

/// What plans decide: kernels, shared memory, fused activations.
@Suite struct PlanTests {
    /// x → conv → norm → relu → conv → add(x's first conv) → tanh, wide enough that memory matters.
    private func network() throws -> (graph: Graph, feeds: [String: Tensor]) {
        var graph = Graph(name: "net")
        let shape = [1, 8, 6, 12, 20]
        let x = graph.addInput("x", TensorType(.f32, fixed: shape))
        func weight(_ name: String, _ seed: UInt64) throws -> ValueID {
            graph.addConstant(name, try Sample.noise(.f32, [8, 8, 3, 3, 3], seed: seed, scale: 0.2).tensor())
        }
        let window = SpatialWindow(pads: [1, 1, 1, 1, 1, 1])
        let first = try graph.add(Convolution(window: window), [x, weight("w1", 2)], name: "conv1", outputNames: ["first"])[0]
        let ones = graph.addConstant("ones", try Sample.full(.f32, [8], 1).tensor())
        let zeros = graph.addConstant("zeros", try Sample.full(.f32, [8], 0).tensor())
        let norm = try graph.add(InstanceNormalization(), [first, ones, zeros], name: "norm", outputNames: ["normed"])[0]
        let relu = try graph.add(Relu(), [norm], name: "relu", outputNames: ["active"])[0]
        let second = try graph.add(Convolution(window: window), [relu, weight("w2", 3)], name: "conv2", outputNames: ["second"])[0]
        let sum = try graph.add(Add(), [second, first], name: "add", outputNames: ["sum"])[0]
        graph.setOutputs(try graph.add(Erf(), [sum], name: "erf", outputNames: ["y"]))
        return (graph, ["x": try Sample.noise(.f32, shape, seed: 9).tensor()])
    }

    @Test func sharedMemoryDoesNotChangeResults() throws {
        let (graph, feeds) = try network()
        let plain = try Session(Plan.make(graph: graph, options: PlanOptions(keepAll: true))).run(feeds)
        let shared = try Session(Plan.make(graph: graph))
        for _ in 0..<3 {
            let y = try #require(try shared.run(feeds)["y"])
            #expect(try y.isIdentical(to: #require(plain["y"])))
        }
        #expect(plain["normed"] != nil && plain["first"] != nil)
    }

    @Test func theArenaIsSmallerThanAllValuesTogether() throws {
        let (graph, _) = try network()
        let value = 1 * 8 * 6 * 12 * 20 * 4
        let plan = try Plan.make(graph: graph, options: PlanOptions(threads: 1))
        #expect(plan.arenaByteCount < 5 * value)
        #expect(plan.report.first { $0.node == "relu" }?.kernel == "fused into norm")
        #expect(plan.report.contains { $0.isInPlace })
    }

    @Test func observedValuesAreComputedAndStay() throws {
        let (graph, feeds) = try network()
        let plain = try Session(Plan.make(graph: graph, options: PlanOptions(keepAll: true))).run(feeds)
        let names = ["first", "normed", "second", "sum"]
        let plan = try Plan.make(graph: graph, options: PlanOptions(observed: Set(names.map { UTF8Name($0) })))
        #expect(plan.report.first { $0.node == "relu" }?.kernel != "fused into norm")
        let run = try SessionRun(Session(plan), feeds)
        var kept: [String: Tensor] = [:]
        while let computed = try run.advance() {
            for value in computed where names.contains(value.name) { kept[value.name] = value.tensor }
        }
        #expect(kept.count == names.count)
        for (name, tensor) in kept { #expect(try tensor.isIdentical(to: #require(plain[name])), "\(name)") }
        #expect(try run.results()["y"]?.isIdentical(to: #require(plain["y"])) == true)
    }

    @Test func inputsAndConstantsAreNeverOverwritten() throws {
        var graph = Graph(name: "inputs")
        let x = graph.addInput("x", TensorType(.f32, fixed: [100]))
        let c = graph.addConstant("c", try Sample.noise(.f32, [100], seed: 5).tensor())
        let a = try graph.add(Relu(), [x], name: "a", outputNames: ["a"])[0]
        let b = try graph.add(Add(), [c, x], name: "b", outputNames: ["b"])[0]
        let d = try graph.add(Multiply(), [a, b], name: "d", outputNames: ["d"])[0]
        graph.setOutputs([a, d])
        let feed = try Sample.noise(.f32, [100], seed: 6).tensor()
        let before = try feed.copied()
        let session = try Session(Plan.make(graph: graph))
        let one = try session.run(["x": feed])
        let two = try session.run(["x": feed])
        #expect(feed.isIdentical(to: before))
        for name in ["a", "d"] { #expect(try #require(one[name]).isIdentical(to: #require(two[name]))) }
    }

    @Test func viewsShareMemory() throws {
        var graph = Graph(name: "views")
        let x = graph.addInput("x", TensorType(.f32, fixed: [2, 3, 4]))
        let r = try graph.add(Relu(), [x], name: "r", outputNames: ["r"])[0]
        let shape = graph.addConstant("s", try Tensor([6, 4] as [Int64]))
        let v = try graph.add(Reshape(), [r, shape], name: "v", outputNames: ["v"])[0]
        let n = try graph.add(Negate(), [v], name: "n", outputNames: ["n"])[0]
        graph.setOutputs([r, n])
        let plan = try Plan.make(graph: graph)
        #expect(plan.report.first { $0.node == "v" }?.kernel == "view")
        let feed = try Sample.ramp(.f32, [2, 3, 4], from: -5).tensor()
        let results = try Session(plan).run(["x": feed])
        let positive = try feed.array(Float.self).map { max($0, 0) }
        #expect(try results["r"]?.array(Float.self) == positive)
        #expect(try results["n"]?.array(Float.self) == positive.map { -$0 })
        #expect(results["n"]?.shape == [6, 4])
    }
}
