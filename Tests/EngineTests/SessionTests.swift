import Engine
import TestSupport
import Testing

/// Plans and sessions, on graphs small enough to know the answer.
@Suite struct SessionTests {
    /// `y = relu(a + b)`, with free extent `N`.
    func sumGraph() throws -> Graph {
        var graph = Graph(name: "sum")
        let a = graph.addInput("a", TensorType(.f32, [.free("N"), 3]))
        let b = graph.addInput("b", TensorType(.f32, [.free("N"), 3]))
        let sum = try graph.add(Add(), [a, b], name: "add", outputNames: ["sum"])
        let y = try graph.add(Relu(), [sum[0]], name: "relu", outputNames: ["y"])
        graph.setOutputs(y)
        return graph
    }

    let a = try! Tensor([1, -2, 3, -4, 5, -6] as [Float], shape: [2, 3])
    let b = try! Tensor([1, 1, 1, 1, 1, 10] as [Float], shape: [2, 3])

    @Test(arguments: [PlanOptions(), PlanOptions(referenceOnly: true), PlanOptions(keepAll: true)])
    func computes(options: PlanOptions) throws {
        let session = try Session(Plan.make(graph: sumGraph(), bindings: ["N": 2], options: options))
        for _ in 0..<2 {
            let results = try session.run(["a": a, "b": b])
            #expect(try results["y"]?.array(Float.self) == [2, 0, 4, 0, 6, 4])
            if options.keepAll { #expect(try results["sum"]?.array(Float.self) == [2, -1, 4, -3, 6, 4]) }
        }
    }

    @Test func showsEveryValueAsItIsMade() throws {
        let session = try Session(Plan.make(graph: sumGraph(), bindings: ["N": 2], options: PlanOptions(keepAll: true)))
        var seen: [String: [Float]] = [:]
        _ = try session.run(["a": a, "b": b]) { (name, tensor) throws(OsteonError) in seen[name] = try tensor.array(Float.self) }
        #expect(seen == ["sum": [2, -1, 4, -3, 6, 4], "y": [2, 0, 4, 0, 6, 4]])
    }

    @Test func stepsOneNodeAtATime() throws {
        let session = try Session(Plan.make(graph: sumGraph(), bindings: ["N": 2], options: PlanOptions(keepAll: true)))
        let run = try SessionRun(session, ["a": a, "b": b])
        #expect(try run.advance()?.map(\.name) == ["sum"])
        let last = try #require(try run.advance())
        #expect(try last.map(\.name) == ["y"] && last[0].tensor.array(Float.self) == [2, 0, 4, 0, 6, 4])
        #expect(try run.advance() == nil)
        #expect(try run.results().keys.sorted() == ["a", "b", "sum", "y"])
    }

    @Test func aRunThatEndsEarlyOrFailsGivesItsSessionBack() throws {
        let session = try Session(Plan.make(graph: sumGraph(), bindings: ["N": 2]))
        #expect(throws: OsteonError.self) { try SessionRun(session, ["a": a]) }
        do {
            let run = try SessionRun(session, ["a": a, "b": b])
            _ = run
        }
        #expect(try session.run(["a": a, "b": b])["y"]?.array(Float.self) == [2, 0, 4, 0, 6, 4])
    }

    @Test func namesWhatIsWrongWithInputs() throws {
        let session = try Session(Plan.make(graph: sumGraph(), bindings: ["N": 2]))
        func message(_ inputs: [String: Tensor]) -> String {
            do {
                _ = try session.run(inputs)
                return ""
            } catch { return error.code == .usage ? error.message : "wrong code" }
        }
        #expect(message(["a": a]).contains("b is missing: f32[2×3]"))
        #expect(try message(["a": a, "b": Tensor(zeros: .f32, [1, 3])]).contains("f32[1×3]"))
        #expect(try message(["a": a, "b": b.converted(to: .f64)]).contains("f64[2×3]"))
        #expect(message(["a": a, "b": b, "c": b]).contains("no input c"))
    }

    @Test func needsFreeExtents() throws {
        let error = #expect(throws: OsteonError.self) { try Plan.make(graph: sumGraph()) }
        #expect(error?.code == .usage)
    }

    @Test func refusesTiersThatAreNotThere() throws {
        for tier in InstructionSet.allCases where tier > InstructionSet.detected {
            #expect(throws: OsteonError.self) { try Plan.make(graph: sumGraph(), bindings: ["N": 2], options: PlanOptions(isa: tier)) }
        }
    }
}
