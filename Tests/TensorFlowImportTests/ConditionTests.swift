import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Conditions, training switches and functions.
@Suite struct ConditionTests {
    /// `y = x + 1` in training, `x · 2` in inference; the training branch reads random numbers that have no rule.
    private func conditional(on flag: String, _ maker: inout GraphMaker) {
        maker.placeholder("x", [-1, 3])
        maker.constant("one", [1], [])
        maker.constant("two", [2], [])
        maker.add("Merge", "cond/Merge", ["cond/mul", "cond/add"])
        maker.add("Switch", "cond/Switch", [flag, flag])
        maker.add("Identity", "cond/switch_t", ["cond/Switch:1"])
        maker.add("Identity", "cond/pred_id", [flag])
        maker.add("Switch", "cond/mul/Switch", ["x", "cond/pred_id"])
        maker.add("Mul", "cond/mul", ["cond/mul/Switch", "two"])
        maker.add("Switch", "cond/add/Switch", ["x", "cond/pred_id"])
        maker.constant("cond/size", integers: [3])
        maker.graph.node[maker.graph.node.count - 1].input = ["^cond/switch_t"]
        maker.add("RandomUniform", "cond/random", ["cond/size"], ["dtype": .type(.dtFloat)])
        maker.add("Add", "cond/noise", ["cond/random", "one"])
        maker.add("Add", "cond/add", ["cond/add/Switch:1", "cond/noise"])
        maker.add("Identity", "y", ["cond/Merge"])
    }

    @Test(arguments: ["NV_IS_TRAINING", "training", "is_training_1", "net/phase_train", "keras_learning_phase"])
    func flagsByTheirNamesMeanInference(name: String) throws {
        var maker = GraphMaker()
        maker.placeholder(name, [], .dtBool)
        conditional(on: name, &maker)
        let model = try maker.imported()
        #expect(model.operators == ["Multiply"])
        #expect(model.inputNames == ["x"])
        #expect(model.outputNames == ["y"])
    }

    @Test func aDefaultOfTrueDoesNotTurnTrainingOn() throws {
        var maker = GraphMaker()
        maker.constant("training/input", true)
        maker.add("PlaceholderWithDefault", "training", ["training/input"], ["dtype": .type(.dtBool), "shape": .shape([])])
        conditional(on: "training", &maker)
        #expect(try maker.imported().operators == ["Multiply"])
    }

    @Test func otherFlagsTakeTheirDefault() throws {
        for (flag, expected) in [(false, "Multiply"), (true, nil)] {
            var maker = GraphMaker()
            maker.constant("mode/input", flag)
            maker.add("PlaceholderWithDefault", "mode", ["mode/input"], ["dtype": .type(.dtBool), "shape": .shape([])])
            conditional(on: "mode", &maker)
            if let expected { #expect(try maker.imported().operators == [expected]) }
            // The true branch needs random numbers.
            if expected == nil { #expect(maker.failure()?.message.contains("RandomUniform ×1") == true) }
        }
    }

    @Test func theCallerDecidesOtherwise() throws {
        var maker = GraphMaker()
        maker.placeholder("NV_IS_TRAINING", [], .dtBool)
        conditional(on: "NV_IS_TRAINING", &maker)
        #expect(maker.failure(ImportOptions(constants: ["NV_IS_TRAINING": 1]))?.code == .unsupported)
        #expect(try maker.imported(ImportOptions(constants: ["NV_IS_TRAINING:0": 0])).operators == ["Multiply"])
    }

    @Test func aConditionComputedFromTheFlagIsSettled() throws {
        var maker = GraphMaker()
        maker.placeholder("is_training", [], .dtBool)
        maker.constant("no", false)
        maker.add("LogicalNot", "inference", ["is_training"])
        maker.add("LogicalOr", "either", ["inference", "no"])
        maker.add("LogicalNot", "flag", ["either"])
        conditional(on: "flag", &maker)
        #expect(try maker.imported().operators == ["Multiply"])
    }

    @Test func anOpenConditionIsNamed() throws {
        var maker = GraphMaker()
        maker.placeholder("mode", [], .dtBool)
        conditional(on: "mode", &maker)
        let message = try #require(maker.failure()?.message)
        #expect(message.contains("RandomUniform ×1") && message.contains("depends on mode") && message.contains("‹input› NAME=VALUE"))
    }

    @Test func floatPlaceholdersWithDefaultsAreInputsUnlessScalar() throws {
        var maker = GraphMaker()
        maker.placeholder("feed", [2])
        maker.add("PlaceholderWithDefault", "x", ["feed"], ["dtype": .type(.dtFloat), "shape": .shape([-1])])
        maker.constant("half", [0.5], [])
        maker.add("PlaceholderWithDefault", "keep", ["half"], ["dtype": .type(.dtFloat), "shape": .shape([])])
        maker.add("Mul", "y", ["x", "keep"])
        let model = try maker.imported()
        #expect(model.inputNames == ["x"])
        let result = try model.graph.evaluateReference(["x": Tensor([Float(2), 4])])
        #expect(try result["y"]?.array(Float.self) == [1, 2])
    }

    @Test func functionsThatCallThemselvesEnd() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [1])
        maker.add("again", "y", ["x"])
        var function = Tensorflow_FunctionDef()
        function.signature.name = "again"
        function.signature.inputArg = [argument("a")]
        function.signature.outputArg = [argument("b")]
        function.nodeDef = [GraphMaker.node("again", "inner", ["a"]), GraphMaker.node("again", "other", ["a"])]
        function.ret = ["b": "inner:b:0"]
        maker.graph.library.function = [function]
        #expect(maker.failure()?.code == .limitExceeded)
    }

    private func argument(_ name: String) -> Tensorflow_OpDef.ArgDef {
        var result = Tensorflow_OpDef.ArgDef()
        result.name = name
        result.type = .dtFloat
        return result
    }
}
