import Foundation
import SwiftProtobuf
import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Graphs that assign variables: reads that come after an assignment are refused, all others have the saved value.
@Suite struct VariableTests {
    /// A graph with an input `x` and a variable `v` of two numbers, saved as 10 and 20.
    private func maker(_ operation: String = "VarHandleOp") -> GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", [2])
        maker.add(operation, "v", [], ["dtype": .type(.dtFloat), "shape": .shape([2]), "shared_name": .string("v")])
        return maker
    }

    private func imported(_ maker: GraphMaker, _ output: String = "y") throws -> ImportedModel {
        var bundle = BundleMaker()
        try bundle.add("v", [10, 20], [2])
        let graph: [UInt8] = try maker.graph.serializedBytes()
        return try bundle.withFiles { prefix in
            let meta = [2 << 3 | 2] + BundleMaker.variable(graph.count) + graph
            try Data(meta).write(to: URL(fileURLWithPath: prefix + ".meta"))
            return try CheckpointImporter().importModel(path: prefix, options: ImportOptions(outputs: [output]))
        }
    }

    private func result(_ maker: GraphMaker) throws -> [Float]? {
        try imported(maker).graph.evaluateReference(["x": Tensor([Float(1), 2])])["y"]?.array(Float.self)
    }

    private func refusal(_ maker: GraphMaker) -> OsteonError? {
        do { _ = try imported(maker) } catch { return error as? OsteonError }
        return nil
    }

    @Test(arguments: ["AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp", "ResourceScatterAdd"])
    func readsAfterAnAssignmentAreRefused(operation: String) throws {
        var maker = maker()
        maker.add("Identity", "handle", ["v"])
        maker.add(operation, "change", ["handle", "x", "x"])
        maker.add("NoOp", "done", ["^change"])
        maker.add("ReadVariableOp", "read", ["v", "^done"], ["dtype": .type(.dtFloat)])
        maker.add("Add", "y", ["x", "read"])
        let error = try #require(refusal(maker))
        #expect(error.code == .unsupported && error.message.contains("the variable v"))
        #expect(error.message.contains("\(operation) change"))
    }

    /// By data: the assignment is made from what is read before it, and what it made decides what is read next.
    @Test func readsBeforeAnAssignmentHaveTheSavedValue() throws {
        var maker = maker()
        maker.add("ReadVariableOp", "read", ["v"], ["dtype": .type(.dtFloat)])
        maker.add("AssignAddVariableOp", "change", ["v", "x", "^read"])
        maker.add("Add", "y", ["x", "read", "^change"])
        #expect(try result(maker) == [11, 22])
        maker.add("ReadVariableOp", "again", ["v", "^y"], ["dtype": .type(.dtFloat)])
        maker.add("Add", "z", ["again", "y"])
        #expect(throws: OsteonError.self) { try imported(maker, "z") }
        #expect(try result(maker) == [11, 22])
    }

    @Test(arguments: ["Assign", "AssignAdd", "ScatterUpdate"]) func referencesAreFollowed(operation: String) throws {
        var maker = maker("VariableV2")
        maker.add(operation, "change", ["v", "x", "x"])
        maker.add("Identity", "read", ["v", "^change"], ["T": .type(.dtFloat)])
        maker.add("Add", "y", ["x", "read"])
        #expect(refusal(maker)?.message.contains("the variable v") == true)
        maker.graph.node[3] = GraphMaker.node("Identity", "read", ["change"], ["T": .type(.dtFloat)])
        #expect(refusal(maker)?.code == .unsupported)
        maker.graph.node[3] = GraphMaker.node("Identity", "read", ["v"], ["T": .type(.dtFloat)])
        #expect(try result(maker) == [11, 22])
    }

    /// Moving averages that training updates and nothing reads afterwards.
    @Test func updatesOfStatisticsAreLeftOut() throws {
        var maker = maker()
        maker.add("ReadVariableOp", "moving", ["v"], ["dtype": .type(.dtFloat)])
        maker.add("Sub", "step", ["moving", "x"])
        maker.add("AssignSubVariableOp", "update", ["v", "step"])
        maker.add("ReadVariableOp", "updated", ["v", "^update"], ["dtype": .type(.dtFloat)])
        maker.add("Neg", "normalised", ["x"])
        maker.add("Identity", "y", ["normalised", "^update", "^updated"])
        #expect(try result(maker) == [-1, -2])
    }

    @Test func assignmentsInBranchesThatAreNotTakenAreNone() throws {
        var maker = maker()
        maker.constant("trains", false)
        maker.add("Switch", "switch", ["x", "trains"])
        maker.add("AssignVariableOp", "change", ["v", "switch:1"])
        maker.add("Identity", "trained", ["switch:1", "^change"])
        maker.add("Merge", "merge", ["switch", "trained"])
        maker.add("ReadVariableOp", "read", ["v", "^merge"], ["dtype": .type(.dtFloat)])
        maker.add("Add", "y", ["merge", "read"])
        #expect(try result(maker) == [11, 22])
    }

    // MARK: Functions

    private func function(_ name: String, _ inputs: [String], _ nodes: [Tensorflow_NodeDef], _ results: [String]) -> Tensorflow_FunctionDef
    {
        var function = Tensorflow_FunctionDef()
        function.signature.name = name
        function.signature.inputArg = inputs.map { name in .with { $0.name = name } }
        function.nodeDef = nodes
        for (index, result) in results.enumerated() {
            function.signature.outputArg.append(.with { $0.name = "result_\(index)" })
            function.ret["result_\(index)"] = result
        }
        return function
    }

    @Test func callsAssignBeforeWhatWaitsForThem() throws {
        var maker = maker()
        let change = GraphMaker.node("AssignAddVariableOp", "change", ["handle", "value"])
        maker.graph.library.function = [
            function("inner", ["handle", "value"], [change], ["value"]),
            function(
                "outer", ["handle", "value"],
                [GraphMaker.node("StatefulPartitionedCall", "call", ["handle", "value"], ["f": .function("inner")])], ["value"]),
        ]
        maker.add("StatefulPartitionedCall", "called", ["v", "x"], ["f": .function("outer")])
        maker.add("ReadVariableOp", "read", ["v", "^called"], ["dtype": .type(.dtFloat)])
        maker.add("Add", "y", ["x", "read"])
        #expect(refusal(maker)?.message.contains("the variable v") == true)
        maker.graph.node[3] = GraphMaker.node("ReadVariableOp", "read", ["v"], ["dtype": .type(.dtFloat)])
        #expect(try result(maker) == [11, 22])
    }

    /// A loop that adds the variable to `x` twice, with `change` in its body.
    private func loop(_ change: [Tensorflow_NodeDef]) -> GraphMaker {
        var maker = maker()
        var constants = GraphMaker()
        constants.constant("one", integers: [1], [])
        constants.constant("two", integers: [2], [])
        let nodes = constants.graph.node
        maker.graph.library.function = [
            function("cond", ["i", "sum", "handle"], [nodes[1], GraphMaker.node("Less", "less", ["i", "two:output:0"])], ["less:z:0"]),
            function(
                "body", ["i", "sum", "handle"],
                [
                    nodes[0], GraphMaker.node("ReadVariableOp", "read", ["handle"], ["dtype": .type(.dtFloat)]),
                    GraphMaker.node("AddV2", "next", ["i", "one:output:0"]), GraphMaker.node("AddV2", "added", ["sum", "read:value:0"]),
                ] + change, ["next:z:0", "added:z:0", "handle"]),
        ]
        maker.constant("zero", integers: [0], [])
        maker.add("While", "while", ["zero", "x", "v"], ["cond": .function("cond"), "body": .function("body")])
        maker.add("Identity", "y", ["while:1"])
        return maker
    }

    @Test func loopsThatAssignWhatTheyReadAreRefused() throws {
        #expect(try result(loop([])) == [21, 42])
        let maker = loop([GraphMaker.node("AssignAddVariableOp", "change", ["handle", "sum", "^read"])])
        let error = try #require(refusal(maker))
        #expect(error.code == .unsupported && error.message.contains("the variable v"))
    }

    /// A condition whose branches assign the variable or don't; what's read behind it is as either left it.
    @Test func conditionsThatMayAssignAreRefused() throws {
        var maker = maker()
        maker.placeholder("mode", [], .dtBool)
        let change = GraphMaker.node("AssignVariableOp", "change", ["handle", "value"])
        maker.graph.library.function = [
            function("changing", ["handle", "value"], [change], ["value"]), function("keeping", ["handle", "value"], [], ["value"]),
        ]
        maker.add("If", "if", ["mode", "v", "x"], ["then_branch": .function("changing"), "else_branch": .function("keeping")])
        maker.add("ReadVariableOp", "read", ["v", "^if"], ["dtype": .type(.dtFloat)])
        maker.add("Add", "y", ["if", "read"])
        #expect(refusal(maker)?.message.contains("the variable v") == true)
    }
}
