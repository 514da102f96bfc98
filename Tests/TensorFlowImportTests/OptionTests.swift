import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Cutting at inputs, choosing outputs, and what's said where something isn't supported.
@Suite struct OptionTests {
    private var chain: GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, 3, -1])
        maker.add("Relu", "a", ["x"])
        maker.add("Split", "parts", ["axis", "a"], ["num_split": .int(3)])
        maker.constant("axis", integers: [1], [])
        maker.add("Neg", "first", ["parts"])
        maker.add("Neg", "second", ["parts:1"])
        maker.add("ArgMax", "label", ["a", "axis"])
        maker.constant("orphan", [1], [1])
        maker.add("Identity", "orphan/read", ["orphan"])
        maker.add("NoOp", "init")
        return maker
    }

    @Test func everyUnreadFloatIsAnOutput() throws {
        let model = try chain.imported()
        #expect(model.outputNames == ["first", "second"])
        #expect(model.graph.type(model.graph.inputs[0]).description == "f32[N×3×x_2]")
        #expect(model.format == "tensorflow" && model.producer == "TensorFlow")
    }

    @Test(arguments: [["parts:2"], ["second:0", "x"], ["label"], ["orphan/read", "a"]])
    func outputsKeepTheNamesAskedFor(names: [String]) throws {
        let model = try chain.imported(ImportOptions(outputs: names))
        #expect(model.outputNames.count == names.count)
        for (name, output) in zip(names, model.outputNames) {
            #expect(output == name.replacing(":0", with: ""))
        }
    }

    @Test func cutsBecomeInputs() throws {
        var options = ImportOptions(outputs: ["second"])
        options.inputs = ["parts:1": [2, 1, 4]]
        let model = try chain.imported(options)
        #expect(model.operators == ["Negate"])
        #expect(model.inputNames == ["parts:1"])
        #expect(model.graph.type(model.graph.inputs[0]).description == "f32[2×1×4]")
        options.inputs = ["a:0": nil]
        #expect(try chain.imported(options).inputNames == ["a"])
    }

    @Test func unknownNamesAreUsageErrors() {
        #expect(chain.failure(ImportOptions(outputs: ["nothing"]))?.code == .usage)
        #expect(chain.failure(ImportOptions(inputs: ["nothing": nil]))?.code == .usage)
        #expect(chain.failure(ImportOptions(constants: ["nothing": 1]))?.code == .usage)
        #expect(chain.failure(ImportOptions(outputs: ["a:7"]))?.code == .malformed)
    }

    @Test func everythingUnsupportedIsListedAtOnce() throws {
        var maker = chain
        maker.add("Frobnicate", "f1", ["first"])
        maker.add("Frobnicate", "f2", ["f1"])
        maker.add("Frobnicate", "f3", ["a"])
        maker.add("TRTEngineOp", "engine", ["second"])
        maker.add("VariableV2", "weight")
        maker.add("Mul", "y", ["engine", "weight"])
        let message = try #require(maker.failure()?.message)
        #expect(message.contains("Frobnicate ×3 ("))
        #expect(message.contains("TensorRT") && message.contains("isn't frozen"))
        #expect(message.contains("‹output›"))
    }

    @Test func aPipelineIsCutOffByName() throws {
        var maker = GraphMaker()
        maker.add("IteratorV2", "iterator")
        maker.add("IteratorGetNext", "next", ["iterator"], ["output_types": .types([.dtFloat, .dtInt32])])
        maker.add("Relu", "relu", ["next"])
        maker.add("Identity", "y", ["relu"])
        let message = try #require(maker.failure()?.message)
        #expect(message.contains("data pipeline"))
        #expect(message.contains("‹input› next"))
        let model = try maker.imported(ImportOptions(inputs: ["next": nil]))
        #expect(model.inputNames == ["next"])
        #expect(model.operators == ["Relu"])
        #expect(model.outputNames == ["y"])
    }
}
