import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Version 1's loops and conditions node by node: what's unrolled, what's chosen, and what's refused.
@Suite struct LoopTests {
    /// `while i < limit: i += 1; y *= 2`, with `limit` read from outside.
    private func doubling(_ limit: String, _ maker: inout GraphMaker) {
        maker.constant("zero", integers: [0], [])
        maker.add("Enter", "loop/Enter", ["zero"], ["T": .type(.dtInt32), "frame_name": .string("loop")])
        maker.add("Enter", "loop/Enter_1", ["x"], ["T": .type(.dtFloat), "frame_name": .string("loop")])
        maker.add("Enter", "loop/limit", [limit], ["T": .type(.dtInt32), "frame_name": .string("loop"), "is_constant": .bool(true)])
        maker.add("Merge", "loop/Merge", ["loop/Enter", "loop/NextIteration"])
        maker.add("Merge", "loop/Merge_1", ["loop/Enter_1", "loop/NextIteration_1"])
        maker.add("Less", "loop/Less", ["loop/Merge", "loop/limit"])
        maker.add("LoopCond", "loop/LoopCond", ["loop/Less"])
        maker.add("Switch", "loop/Switch", ["loop/Merge", "loop/LoopCond"])
        maker.add("Switch", "loop/Switch_1", ["loop/Merge_1", "loop/LoopCond"])
        maker.add("Identity", "loop/Identity", ["loop/Switch:1"])
        maker.add("Identity", "loop/Identity_1", ["loop/Switch_1:1"])
        maker.constant("loop/one", integers: [1], [])
        maker.graph.node[maker.graph.node.count - 1].input = ["^loop/Identity"]
        maker.add("Add", "loop/add", ["loop/Identity", "loop/one"])
        maker.add("Add", "loop/double", ["loop/Identity_1", "loop/Identity_1"])
        maker.add("NextIteration", "loop/NextIteration", ["loop/add"])
        maker.add("NextIteration", "loop/NextIteration_1", ["loop/double"])
        maker.add("Exit", "loop/Exit", ["loop/Switch_1"])
        maker.add("Identity", "y", ["loop/Exit"])
    }

    @Test func aCountThatIsConstantIsUnrolled() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [2])
        maker.constant("limit", integers: [3], [])
        doubling("limit", &maker)
        let model = try maker.imported()
        #expect(model.operators == ["Add", "Add", "Add"])
        #expect(model.outputNames == ["y"])
        #expect(try model.graph.evaluateReference(["x": Tensor([Float(1), 3])])["y"]?.array(Float.self) == [8, 24])
    }

    /// A loop over the rows of `rows`.
    private func counted(_ shape: [Int]) -> GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", [2])
        maker.placeholder("rows", shape)
        maker.add("Shape", "shape", ["rows"], ["out_type": .type(.dtInt32)])
        maker.constant("first", integers: [0], [])
        maker.add("GatherV2", "limit", ["shape", "first", "first"])
        doubling("limit", &maker)
        return maker
    }

    @Test func staticShapesCount() throws {
        #expect(try counted([2, 5]).imported().operators == ["Add", "Add"])
    }

    @Test func anOpenExtentIsNamedAndCanBeGiven() throws {
        let maker = counted([-1, 5])
        let error = try #require(maker.failure())
        #expect(error.code == .unsupported && error.message.contains("depends on free extents of rows"))
        #expect(try maker.imported(ImportOptions(inputs: ["rows": [4, 5]])).operators.count == 4)
        var fed = ImportOptions()
        fed.arrays = ["rows": try Tensor(uninitialized: .f32, [3, 5])]
        #expect(try maker.imported(fed).operators.count == 3)
    }

    @Test func aCountFromTheDataIsRefusedUnlessItsArrayIsKnown() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [2])
        maker.placeholder("limit", [], .dtInt32)
        doubling("limit", &maker)
        let error = try #require(maker.failure())
        #expect(error.code == .unsupported && error.message.contains("how often it runs is computed from the data"))
        var fed = ImportOptions()
        fed.arrays = ["limit": try Tensor(scalar: Int32(2))]
        #expect(try maker.imported(fed).inputNames == ["x"])
        #expect(try maker.imported(fed).operators.count == 2)
    }

    @Test func aCountThatOnlyHasABoundIsUnrolledToIt() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [1])
        maker.placeholder("given", [], .dtInt32)
        maker.constant("most", integers: [3], [])
        maker.add("Minimum", "limit", ["given", "most"])
        doubling("limit", &maker)
        let graph = try maker.imported().graph
        for (given, expected) in [(-2, 5), (0, 5), (1, 10), (2, 20), (3, 40), (9, 40)] {
            let inputs = ["x": try Tensor([Float(5)]), "given": try Tensor(scalar: Int32(given))]
            #expect(try graph.evaluateReference(inputs)["y"]?.array(Float.self) == [Float(expected)])
        }
    }

    @Test func endlessLoopsEnd() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [1])
        maker.constant("limit", integers: [2_000_000_000], [])
        doubling("limit", &maker)
        #expect(maker.failure()?.code == .limitExceeded)
    }

    // MARK: Conditions

    /// `y = x · 2` where the flag holds, else what `other` makes of the switched `x`.
    private func conditional(_ other: (inout GraphMaker) -> Void) -> GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", [2])
        maker.placeholder("mode", [], .dtBool)
        maker.add("Switch", "cond/Switch", ["mode", "mode"])
        maker.add("Identity", "cond/switch_f", ["cond/Switch"])
        maker.add("Switch", "cond/x", ["x", "mode"])
        maker.add("Add", "cond/then", ["cond/x:1", "cond/x:1"])
        other(&maker)
        maker.add("Merge", "cond/Merge", ["cond/else", "cond/then"])
        maker.add("Identity", "y", ["cond/Merge"])
        return maker
    }

    @Test func bothSidesOfAnOpenConditionAreComputed() throws {
        let maker = conditional { maker in
            maker.constant("cond/else", [7, 8], [2])
            maker.graph.node[maker.graph.node.count - 1].input = ["^cond/switch_f"]
        }
        let graph = try maker.imported().graph
        for (mode, expected) in [(true, [Float(2), 6]), (false, [7, 8])] {
            let inputs = ["x": try Tensor([Float(1), 3]), "mode": try Tensor(scalar: mode)]
            #expect(try graph.evaluateReference(inputs)["y"]?.array(Float.self) == expected)
        }
    }

    @Test func sidesThatDifferInShapeAreRefused() throws {
        let maker = conditional { maker in
            maker.add("ExpandDims", "cond/else", ["cond/x", "cond/axis"])
            maker.constant("cond/axis", integers: [0], [])
        }
        #expect(maker.failure()?.message.contains("results of different shapes") == true)
        #expect(try maker.imported(ImportOptions(constants: ["mode": 0])).operators == ["Unsqueeze"])
    }

    @Test func aSideThatCannotBeImportedIsNamed() throws {
        let maker = conditional { $0.add("PyFunc", "cond/else", ["cond/x"]) }
        let message = try #require(maker.failure()?.message)
        #expect(message.contains("PyFunc") && message.contains("depends on mode"))
    }

    @Test func branchesOfUnknownSidesAreNotJoined() throws {
        // Nothing says that the constant lies in the branch.
        let maker = conditional { $0.constant("cond/else", [7, 8], [2]) }
        #expect(maker.failure()?.code == .unsupported)
    }

    @Test func functionsThatBranchIntoThemselvesEnd() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [1])
        maker.placeholder("mode", [], .dtBool)
        maker.add("If", "y", ["mode", "x", "mode"], ["then_branch": .function("again"), "else_branch": .function("again")])
        var function = Tensorflow_FunctionDef()
        function.signature.name = "again"
        for name in ["a", "b", "c"] {
            var argument = Tensorflow_OpDef.ArgDef()
            argument.name = name
            if name == "c" { function.signature.outputArg = [argument] } else { function.signature.inputArg.append(argument) }
        }
        let branches: [String: GraphMaker.Attribute] = ["then_branch": .function("again"), "else_branch": .function("again")]
        function.nodeDef = [GraphMaker.node("If", "inner", ["b", "a", "b"], branches)]
        function.ret = ["c": "inner:output:0"]
        maker.graph.library.function = [function]
        #expect(maker.failure()?.code == .limitExceeded)
    }
}
