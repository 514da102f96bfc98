import Foundation
import ONNXImport
import TestSupport
import Testing
import WireFormats

@Suite struct ControlTests {
    private func node(_ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: Any] = [:], domain: String = "")
        -> Onnx_NodeProto
    {
        ModelMaker.node(type, inputs, outputs, attributes, domain: domain)
    }

    /// y = x is two-dimensional ? −x : |x| + w, where w is seen from around the branch.
    private func branching(_ shape: [Any?]) -> ModelMaker {
        var maker = ModelMaker()
        maker.input("x", shape)
        maker.constant("w", [100])
        maker.constant("two", ints: [2], [])
        maker.node("Shape", ["x"], ["shape"])
        maker.node("Size", ["shape"], ["rank"])
        maker.node("Equal", ["rank", "two"], ["flat"])
        maker.node(
            "If", ["flat"], ["y"],
            [
                "then_branch": ModelMaker.graph([node("Neg", ["x"], ["inner"])], outputs: ["inner"]),
                "else_branch": ModelMaker.graph(
                    [node("Abs", ["x"], ["inner"]), node("Add", ["inner", "w"], ["sum"])], outputs: ["sum"]),
            ], name: "choose")
        maker.output("y")
        return maker
    }

    @Test func takesTheLiveBranch() throws {
        let flat = try branching([1, 1]).imported().graph
        #expect(flat.nodeIDs.map { type(of: flat[$0].op).id } == ["Negate"])
        #expect(flat.outputs.map { flat[$0].name } == ["y"])
        #expect(try branching([1]).run(["x": ([-3], [1])])["y"]?.array(Float.self) == [103])
    }

    @Test func choosesBetweenBranchesOfOneShape() throws {
        var maker = ModelMaker()
        maker.input("x", [2])
        maker.input("c", [], .bool)
        maker.node(
            "If", ["c"], ["y"],
            [
                "then_branch": ModelMaker.graph([node("Neg", ["x"], ["a"])], outputs: ["a"]),
                "else_branch": ModelMaker.graph([node("Abs", ["x"], ["a"])], outputs: ["a"]),
            ])
        maker.output("y")
        let graph = try maker.imported().graph
        for (condition, wanted) in [(true, [Float(1), -2]), (false, [1, 2])] {
            let results = try graph.evaluateReference(["x": Tensor([Float(-1), 2]), "c": Tensor(scalar: condition)])
            #expect(try results["y"]?.array(Float.self) == wanted)
        }
    }

    @Test func refusesBranchesOfDifferentShapes() {
        var maker = ModelMaker()
        maker.input("x", [1, 2])
        maker.input("c", [], .bool)
        maker.node(
            "If", ["c"], ["y"],
            [
                "then_branch": ModelMaker.graph([node("Neg", ["x"], ["a"])], outputs: ["a"]),
                "else_branch": ModelMaker.graph([node("Squeeze", ["x"], ["a"])], outputs: ["a"]),
            ])
        maker.output("y")
        #expect(errorCode { _ = try maker.imported() } == .unsupported)
    }

    /// Doubles the state each pass and collects it; runs while `more` stays true.
    private func looping(_ trips: Int?, more: [Onnx_NodeProto] = [ModelMaker.node("Identity", ["c"], ["more"])]) -> ModelMaker {
        var maker = ModelMaker()
        maker.input("x", [2])
        if let trips { maker.constant("trips", ints: [trips], []) }
        let body = ModelMaker.graph(
            inputs: [ModelMaker.info("i", .int64, []), ModelMaker.info("c", .bool, []), ModelMaker.info("s", .float, [2])],
            [node("Add", ["s", "s"], ["next"]), node("Identity", ["next"], ["kept"])] + more, outputs: ["more", "next", "kept"])
        maker.node("Loop", [trips == nil ? "" : "trips", "", "x"], ["last", "all"], ["body": body], name: "loop")
        maker.output("last")
        maker.output("all")
        return maker
    }

    @Test func unrollsLoops() throws {
        let results = try looping(3).run(["x": ([1, 2], [2])])
        #expect(try results["last"]?.array(Float.self) == [8, 16])
        #expect(try results["all"]?.array(Float.self) == [2, 4, 4, 8, 8, 16])
        #expect(results["all"]?.shape == [3, 2])
    }

    @Test func leavesLoopsWhenTheirConditionTurnsFalse() throws {
        let stop = [
            node("Constant", [], ["one"], ["value_int": 1]), node("Less", ["i", "one"], ["more"]),
        ]
        let results = try looping(nil, more: stop).run(["x": ([1, 2], [2])])
        #expect(try results["last"]?.array(Float.self) == [4, 8])
    }

    @Test func refusesLoopsThatAreTooLong() {
        #expect(errorCode { _ = try looping(1_000_000).imported() } == .unsupported)
        #expect(errorCode { _ = try looping(nil).imported() } == .unsupported)
    }

    @Test func unrollsScans() throws {
        var maker = ModelMaker()
        maker.input("x", [3, 2])
        maker.constant("zero", [0, 0])
        let body = ModelMaker.graph(
            inputs: [ModelMaker.info("s", .float, [2]), ModelMaker.info("e", .float, [2])],
            [node("Add", ["s", "e"], ["next"]), node("Identity", ["next"], ["kept"])], outputs: ["next", "kept"])
        maker.node("Scan", ["zero", "x"], ["sum", "sums"], ["body": body, "num_scan_inputs": 1])
        maker.output("sum")
        maker.output("sums")
        let results = try maker.run(["x": ([1, 2, 3, 4, 5, 6], [3, 2])])
        #expect(try results["sum"]?.array(Float.self) == [9, 12])
        #expect(try results["sums"]?.array(Float.self) == [1, 2, 4, 6, 9, 12])
    }

    // MARK: Functions

    private func function(_ name: String, _ nodes: [Onnx_NodeProto], attributes: [String] = []) -> Onnx_FunctionProto {
        var function = Onnx_FunctionProto()
        (function.name, function.domain, function.input, function.output, function.node) = (name, "local", ["a", "b"], ["r"], nodes)
        function.attribute = attributes
        function.opsetImport = [ModelMaker.opset("", 21), ModelMaker.opset("local", 1)]
        return function
    }

    private func calling(_ functions: [Onnx_FunctionProto], _ attributes: [String: Any] = [:], inputs: [String] = ["x", "x"]) -> ModelMaker
    {
        var maker = ModelMaker()
        maker.model.opsetImport.append(ModelMaker.opset("local", 1))
        maker.input("x", [2])
        maker.node(functions[0].name, inputs, ["y"], attributes, domain: "local", name: "call")
        maker.output("y")
        maker.model.functions = functions
        return maker
    }

    @Test func inlinesFunctionsWithTheirAttributes() throws {
        var leaky = node("LeakyRelu", ["sum"], ["r"], ["alpha": Float(0)])
        leaky.attribute[0].refAttrName = "slope"
        var scaled = function("Scaled", [node("Add", ["a", "b"], ["sum"]), leaky], attributes: ["slope"])
        let maker = calling([scaled], ["slope": Float(0.5)])
        #expect(try maker.run(["x": ([-2, 3], [2])])["y"]?.array(Float.self) == [-2, 6])
        #expect(try maker.imported().graph.value(named: "call/sum") != nil)

        scaled.attribute = []
        scaled.attributeProto = [ModelMaker.attribute("slope", Float(0.25))]
        #expect(try calling([scaled]).run(["x": ([-2, 3], [2])])["y"]?.array(Float.self) == [-1, 6])
    }

    @Test func argumentsLeftOutStayOut() throws {
        let clip = function("Bounded", [node("Clip", ["a", "b"], ["r"])])
        #expect(try calling([clip], inputs: ["x"]).run(["x": ([-2, 3], [2])])["y"]?.array(Float.self) == [-2, 3])
    }

    @Test func functionsCallFunctions() throws {
        let outer = function("Outer", [node("Inner", ["b", "a"], ["m"], domain: "local"), node("Neg", ["m"], ["r"])])
        let inner = function("Inner", [node("Add", ["a", "b"], ["r"])])
        #expect(try calling([outer, inner]).run(["x": ([1, 2], [2])])["y"]?.array(Float.self) == [-2, -4])
    }

    @Test func refusesRecursionAndBombs() {
        let selfish = function("F", [node("F", ["a", "b"], ["r"], domain: "local")])
        #expect(errorCode { _ = try calling([selfish]).imported() } == .malformed)

        // Each function calls the next twice: 2³⁰ nodes.
        let chain = (0..<30).map { index in
            let next = "F\(index + 1)"
            return function(
                "F\(index)", [node(next, ["a", "b"], ["m"], domain: "local"), node(next, ["m", "b"], ["r"], domain: "local")])
        }
        let last = function("F30", [node("Add", ["a", "b"], ["r"])])
        #expect(errorCode { _ = try calling(chain + [last]).imported() } == .limitExceeded)
    }

    @Test func namesOperatorsMissingInFunctions() {
        let bad = function("Bad", [node("Frobnicate", ["a"], ["r"])])
        let error = failure { _ = try calling([bad]).imported() }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("Frobnicate") == true)
    }
}
