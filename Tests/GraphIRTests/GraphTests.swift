import GraphIR
import TestSupport
import Testing

@Suite struct GraphTests {
    /// x → relu → + c → y
    private func chain(_ shape: [Dimension] = [.free("N"), 4]) throws -> Graph {
        var graph = Graph(name: "chain")
        let x = graph.addInput("x", TensorType(.f32, shape))
        let c = graph.addConstant("c", try Tensor([1, 2, 3, 4] as [Float]))
        let r = try graph.add(Relu(), [x], name: "relu")[0]
        graph.setOutputs(try graph.add(Add(), [r, c], name: "add", outputNames: ["y"]))
        return graph
    }

    @Test func typesAreInferredAsNodesAreAdded() throws {
        let graph = try chain()
        let y = try #require(graph.value(named: "y"))
        #expect(graph.type(y) == TensorType(.f32, [.free("N"), 4]))
        try graph.verify()
    }

    @Test func wrongShapesAreRefusedWithTheNodesName() throws {
        var graph = try chain()
        let bad = graph.addConstant("bad", try Tensor([1, 2, 3] as [Float]))
        let y = try #require(graph.value(named: "y"))
        do {
            try graph.add(Add(), [y, bad], name: "clash")
            Issue.record("the addition was taken")
        } catch {
            #expect(error.code == .invalidGraph)
            #expect(error.description.contains("clash"))
        }
    }

    @Test func missingAndSurplusInputsAreRefused() throws {
        var graph = try chain()
        let x = try #require(graph.value(named: "x"))
        #expect(errorCode { try graph.add(Add(), [x]) } == .invalidGraph)
        #expect(errorCode { try graph.add(Relu(), [x, x]) } == .invalidGraph)
        #expect(errorCode { try graph.add(Relu(), [x], outputNames: ["a", "b"]) } == .invalidGraph)
    }

    @Test func namesStayUnique() throws {
        var graph = Graph()
        let a = graph.addInput("x", TensorType(.f32, [1]))
        let b = graph.addInput("x", TensorType(.f32, [1]))
        #expect(graph[a].name == "x")
        #expect(graph[b].name == "x_1")
        #expect(errorCode { try graph.rename(b, to: "x") } == .invalidGraph)
        try graph.rename(b, to: "z")
        #expect(graph.value(named: "z") == b)
        #expect(graph.value(named: "x_1") == nil)
    }

    @Test func cyclesAreFound() throws {
        var graph = try chain()
        let relu = try #require(graph.nodeIDs.first)
        graph.setInputs(relu, [graph.value(named: "y")])
        #expect(errorCode { _ = try graph.topologicalOrder() } == .malformed)
    }

    @Test func deadCodeGoesAndInputsStay() throws {
        var graph = try chain()
        let x = try #require(graph.value(named: "x"))
        _ = graph.addInput("unused", TensorType(.f32, [1]))
        try graph.add(Relu(), [x], name: "dead")
        #expect(graph.removeDeadCode() == 1)
        #expect(graph.nodeCount == 2)
        #expect(graph.inputs.count == 2)
        #expect(graph.value(named: "dead") == nil)
        try graph.verify()
    }

    @Test func replacingUsesReachesNodesAndOutputs() throws {
        var graph = try chain()
        let x = try #require(graph.value(named: "x"))
        let y = try #require(graph.value(named: "y"))
        let other = try graph.add(Relu(), [y], name: "after")[0]
        graph.setOutputs([y])
        graph.replaceUses(of: y, with: x)
        #expect(graph.outputs == [x])
        #expect(graph.producer(other).map { graph[$0].inputs } == [x])
    }
}

@Suite struct SpecializeTests {
    @Test func boundDimensionsReachTheOutput() throws {
        var graph = Graph()
        let x = graph.addInput("x", TensorType(.f32, [.free("N"), 4]))
        graph.setOutputs(try graph.add(Relu(), [x], outputNames: ["y"]))
        #expect(graph.freeDimensions == ["N"])
        #expect(try graph.bindings(for: ["x": [3, 4]]) == ["N": 3])
        #expect(errorCode { _ = try graph.bindings(for: ["x": [3, 5]]) } == .usage)
        #expect(errorCode { _ = try graph.bindings(for: ["z": [3, 4]]) } == .usage)
        try graph.specialize(["N": 3])
        #expect(graph.type(graph.outputs[0]).fixedShape == [3, 4])
    }

    /// Reshaping to a shape computed from the input's own settles once the input is bound.
    @Test func shapeArithmeticFoldsAway() throws {
        var graph = Graph()
        let x = graph.addInput("x", TensorType(.f32, [.free("N"), 6]))
        let shape = try graph.add(ShapeOf(), [x], name: "shape")[0]
        let two = graph.addConstant("two", try Tensor([1, 1] as [Int64]))
        let scaled = try graph.add(Multiply(), [shape, two], name: "scaled")[0]
        graph.setOutputs(try graph.add(Reshape(), [x, scaled], outputNames: ["y"]))
        #expect(graph.type(graph.outputs[0]).fixedShape == nil)
        try graph.specialize(["N": 5])
        #expect(graph.type(graph.outputs[0]).fixedShape == [5, 6])
        #expect(graph.nodeCount == 1)
    }

    @Test func cuttingKeepsOnlyWhatIsNeeded() throws {
        var graph = Graph()
        let x = graph.addInput("x", TensorType(.f32, [2]))
        let flag = graph.addInput("flag", TensorType(.f32, [1]))
        let a = try graph.add(Relu(), [x], outputNames: ["a"])[0]
        let b = try graph.add(Multiply(), [a, flag], outputNames: ["b"])[0]
        graph.setOutputs(try graph.add(Relu(), [b], outputNames: ["c"]))
        try graph.cut(ImportOptions(inputs: ["a": nil], outputs: ["b"], constants: ["flag": 3]))
        #expect(graph.inputs.map { graph[$0].name } == ["a"])
        #expect(graph.outputs.map { graph[$0].name } == ["b"])
        #expect(graph.nodeCount == 1)
        let result = try graph.evaluateReference(["a": Tensor([1, 2] as [Float])])
        #expect(try result["b"]?.array(Float.self) == [3, 6])
        #expect(errorCode { try graph.cut(ImportOptions(outputs: ["nothing"])) } == .usage)
    }
}
