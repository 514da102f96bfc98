import Engine
import TestSupport
import Testing

/// Constants stored as 16-bit floats or bytes: the plan takes them in, no step computes them.
@Suite struct UnpackedConstantTests {
    /// Runs the graph with kernels, and by the reference; returns the plan.
    private func check(_ graph: Graph, _ feeds: [String: Tensor], options: PlanOptions = PlanOptions()) throws -> Plan {
        let wanted = try Session(Plan.make(graph: graph, options: PlanOptions(referenceOnly: true))).run(feeds)
        let plan = try Plan.make(graph: graph, options: options)
        let session = try Session(plan)
        for _ in 0..<2 {
            let got = try session.run(feeds)
            for (name, tensor) in wanted {
                let result = try #require(got[name])
                #expect(result.type == tensor.type)
                let comparison = try TensorComparison(result, reference: tensor)
                #expect(comparison.maximumAbsoluteError <= 2e-6 * comparison.maximumMagnitude, "\(name)")
            }
        }
        return plan
    }

    private func unpacked(_ plan: Plan) -> [String] {
        plan.report.filter { $0.kernel == "constant, unpacked at load" }.map { $0.node }
    }

    @Test(arguments: [ElementType.f16, .bf16], [3, 40])
    func halvesForConvolution(type: ElementType, filters: Int) throws {
        // 40 filters make a constant that's too large to be folded.
        var graph = Graph(name: "cast")
        let x = graph.addInput("x", TensorType(.f32, fixed: [1, 20, 4, 5, 6]))
        let small = graph.addConstant("w", try Sample.noise(type, [filters, 20, 3, 3, 3], seed: 2).tensor())
        let weight = try graph.add(Cast(elementType: .f32), [small], name: "cast", outputNames: ["weight"])[0]
        graph.setOutputs(try graph.add(Convolution(window: SpatialWindow()), [x, weight], name: "conv", outputNames: ["y"]))
        let plan = try check(graph, ["x": Sample.noise(.f32, [1, 20, 4, 5, 6], seed: 3).tensor()])
        #expect(plan.report.last?.kernel == "convolution-direct-f32")
        #expect(plan.valueNames == ["y"])
        #expect(unpacked(plan) == (filters == 40 ? ["cast"] : []))
    }

    /// Weights a graph makes of a few numbers are too large to be folded into the file, but not to be packed.
    @Test func computedWeights() throws {
        var graph = Graph(name: "computed")
        let x = graph.addInput("x", TensorType(.f32, fixed: [1, 20, 4, 5, 6]))
        func constant(_ name: String, _ sample: Sample) throws -> ValueID { graph.addConstant(name, try sample.tensor()) }
        let shape = try constant("shape", .i64([40, 20, 3, 3, 3]))
        let filled = try graph.add(
            ConstantOfShape(elementType: .f32, value: 0.01), [shape], name: "fill", outputNames: ["filled"])[0]
        let rows = try graph.add(
            Expand(), [constant("row", .noise(.f32, [40, 20, 1, 1, 3], seed: 4)), shape], name: "expand", outputNames: ["rows"])[0]
        let weight = try graph.add(Add(), [filled, rows], name: "add", outputNames: ["weight"])[0]
        let y = try graph.add(Convolution(), [x, weight], name: "conv", outputNames: ["a"])[0]
        let large = try graph.add(
            Tile(), [constant("tile", .noise(.f32, [1, 40, 2, 3, 4], seed: 5)), constant("times", .i64([300, 1, 1, 1, 1]))], name: "repeat",
            outputNames: ["large"])[0]
        graph.setOutputs(try graph.add(Multiply(), [y, large], name: "scaled", outputNames: ["y"]))
        let plan = try check(graph, ["x": Sample.noise(.f32, [1, 20, 4, 5, 6], seed: 3).tensor()])
        #expect(plan.report.first { $0.node == "conv" }?.kernel == "convolution-direct-f32")
        #expect(plan.valueNames == ["a", "y"])
        #expect(unpacked(plan) == ["fill", "expand", "add", "repeat"])
    }

    /// A dequantized constant of one scale an index of axis 0, the zero point left out where `zeros` is nil.
    private func dequantized(_ graph: inout Graph, _ name: String, _ shape: [Int], zeros: Sample? = nil) throws -> ValueID {
        let bytes = graph.addConstant(
            name + "_bytes", try Sample(.i8, integers: (0..<shape.reduce(1, *)).map { $0 * 7919 % 255 - 127 }, shape).tensor())
        let scales = graph.addConstant(name + "_scale", try Sample.ramp(.f32, [shape[0]], from: 0.003, step: 0.0007).tensor())
        let zero = try zeros.map { graph.addConstant(name + "_zero", try $0.tensor()) }
        return try graph.add(DequantizeLinear(axis: 0), [bytes, scales, zero], name: name, outputNames: [name])[0]
    }

    @Test func bytesForProductsAndTransposedConvolution() throws {
        var graph = Graph(name: "weights")
        let x = graph.addInput("x", TensorType(.f32, fixed: [1, 6, 5, 7]))
        let up = try dequantized(&graph, "up", [6, 4, 2, 2])
        let y = try graph.add(
            TransposedConvolution(window: SpatialWindow(strides: [2, 2])), [x, up], name: "conv", outputNames: ["a"])[0]
        let zeros = Sample(.i8, integers: (0..<14).map { $0 * 17 - 100 })
        let matrix = try dequantized(&graph, "matrix", [14, 33], zeros: zeros)
        graph.setOutputs(try graph.add(MatMul(), [y, matrix], name: "product", outputNames: ["y"]))
        let plan = try check(graph, ["x": Sample.noise(.f32, [1, 6, 5, 7], seed: 3).tensor()])
        #expect(unpacked(plan) == ["up", "matrix"])
        #expect(plan.valueNames == ["a", "y"])
        #expect(try Set(Session(plan).run(["x": Sample.noise(.f32, [1, 6, 5, 7]).tensor()]).keys) == ["y"])
        _ = try check(graph, ["x": Sample.noise(.f32, [1, 6, 5, 7], seed: 3).tensor()], options: PlanOptions(keepAll: true))
    }

    @Test func movedConstantsAndOutputsAreConstantsToo() throws {
        var graph = Graph(name: "moved")
        let x = graph.addInput("x", TensorType(.f32, fixed: [2, 9]))
        let w = try dequantized(&graph, "w", [9, 4])
        let moved = try graph.add(Transpose(permutation: [1, 0]), [w], name: "moved", outputNames: ["moved"])[0]
        let bias = try dequantized(&graph, "bias", [4])
        graph.setOutputs(try graph.add(Gemm(transposeB: true), [x, moved, bias], name: "product", outputNames: ["y"]) + [w])
        let plan = try check(graph, ["x": Sample.noise(.f32, [2, 9], seed: 3).tensor()])
        #expect(Set(unpacked(plan)) == ["w", "moved", "bias"])
        #expect(plan.valueNames == ["y"])
    }

    @Test func valuesThatAreComputedStaySteps() throws {
        var graph = Graph(name: "steps")
        let x = graph.addInput("x", TensorType(.f16, fixed: [40]))
        let wide = try graph.add(Cast(elementType: .f32), [x], name: "cast", outputNames: ["y"])
        graph.setOutputs(wide)
        let plan = try check(graph, ["x": Sample.noise(.f16, [40]).tensor()])
        #expect(plan.report[0].kernel == "cast-float")
    }

    @Test func halvesAreNamed() throws {
        let sample = try #require(KernelCases.halves.first { $0.op is Convolution })
        let plan = try Plan.make(graph: sample.graph())
        #expect(plan.report[0].kernel == "convolution-direct-f32 on f16")
        #expect(plan.report[0].precision == "fp16")
    }
}
