import Engine
import TestSupport
import Testing

/// A convolution between dequantizations and a quantization, for an integer kernel to compute as one.
struct IntegerCase: Sendable, CustomTestStringConvertible {
    enum Bias: CaseIterable { case none, floats, dequantized }

    var base: KernelCase
    var type: ElementType
    var zero: Double
    /// What the result is quantized to; nil for none.
    var output: ElementType?
    var bias: Bias
    /// Whether each output channel has a scale of its own.
    var perChannel: Bool
    /// Whether a `Relu` of its own follows.
    var relu = false

    var testDescription: String { "\(base.testDescription), \(type) around \(zero) to \(output?.rawValue ?? "f32"), bias \(bias)" }

    /// Every geometry of the float kernels, the kinds of bytes taken in turn.
    static let all: [IntegerCase] = {
        let bytes: [(ElementType, Double)] = [(.u8, 0), (.u8, 128), (.u8, 255), (.i8, -128), (.i8, 127), (.i8, 0), (.u8, 3)]
        let outputs: [ElementType?] = [nil, .u8, .i8, .u8]
        let products = [
            KernelCase("rows of 33", MatMul(), [.full(.f32, [7, 33], 0), .full(.f32, [33, 50], 0)]),
            KernelCase("batches", MatMul(), [.full(.f32, [2, 3, 5, 40], 0), .full(.f32, [40, 131], 0)]),
            KernelCase("one row", Gemm(transposeB: true), [.full(.f32, [1, 301], 0), .full(.f32, [17, 301], 0)]),
            KernelCase("many rows", Gemm(), [.full(.f32, [70, 64], 0), .full(.f32, [64, 9], 0)]),
            KernelCase("transposed", Gemm(transposeB: true), [.full(.f32, [6, 20], 0), .full(.f32, [300, 20], 0)]),
            KernelCase("one column", MatMul(), [.full(.f32, [9, 5], 0), .full(.f32, [5, 1], 0)]),
        ]
        let bases = (KernelCases.convolutions + KernelCases.transposed).filter { !$0.name.hasPrefix("depthwise") } + products
        return bases.enumerated().map { (index, base) in
            IntegerCase(
                base: base, type: bytes[index % 7].0, zero: bytes[index % 7].1, output: outputs[index % 4],
                bias: base.op is MatMul ? .none : Bias.allCases[index % 3], perChannel: index % 5 != 4, relu: index % 2 == 1)
        }
    }()

    private func integers(_ count: Int, step: Int, low: Int, high: Int) -> [Int] {
        (0..<count).map { low + ($0 + 1) * step % (high - low + 1) }
    }

    func graph() throws -> (Graph, [String: Tensor]) {
        var graph = Graph(name: base.name)
        let shape = try #require(base.inputs[0]).shape
        let weightShape = try #require(base.inputs[1]).shape
        let low = type == .u8 ? 0 : -128
        let feed = try Sample(type, integers: integers(shape.reduce(1, *), step: 7919, low: low, high: low + 255), shape).tensor()
        let channelAxis = base.op is Convolution || (base.op as? Gemm)?.transposeB == true ? 0 : 1
        // Channels of a group, all of which a group's weights of a transposed convolution have.
        let channels = weightShape[channelAxis]
        let filters = channels * ((base.op as? TransposedConvolution)?.groups ?? 1)
        func scalar(_ name: String, _ sample: Sample) throws -> ValueID { graph.addConstant(name, try sample.tensor()) }

        let x = graph.addInput("x", feed.type)
        let floats = try graph.add(
            DequantizeLinear(), [x, scalar("x_scale", .scalar(.f32, 0.013)), scalar("x_zero", .scalar(type, zero))], name: "dequantize",
            outputNames: ["floats"])[0]
        let w = graph.addConstant(
            "w", try Sample(.i8, integers: integers(weightShape.reduce(1, *), step: 6007, low: -128, high: 127), weightShape).tensor())
        let scales = perChannel ? Sample.ramp(.f32, [channels], from: 0.004, step: 0.0003) : .scalar(.f32, 0.0045)
        let weight = try graph.add(
            DequantizeLinear(axis: channelAxis), [w, scalar("w_scale", scales)], name: "weights", outputNames: ["weight"])[0]
        let offset: ValueID?
        switch bias {
        case .none: offset = nil
        case .floats: offset = try scalar("bias", .noise(.f32, [filters], seed: 5))
        case .dequantized:
            let numbers = Sample(.i32, integers: integers(filters, step: 977, low: -9000, high: 9000))
            offset = try graph.add(
                DequantizeLinear(), [scalar("b", numbers), scalar("b_scale", .scalar(.f32, 0.0001))], name: "bias", outputNames: ["bias"])[
                    0]
        }
        var y = try graph.add(base.op, [floats, weight, offset], name: "node", outputNames: ["y"])[0]
        if let activation = base.activation ?? (relu ? .relu : nil) {
            y = try activation.add(to: &graph, behind: y, outputName: "active")
        }
        if let output {
            let middle = output == .u8 ? 100.0 : -20
            y = try graph.add(
                QuantizeLinear(), [y, scalar("y_scale", .scalar(.f32, 0.021)), scalar("y_zero", .scalar(output, middle))], name: "quantize",
                outputNames: ["bytes"])[0]
        }
        graph.setOutputs([y])
        return (graph, ["x": feed])
    }
}

/// Integer kernels against the reference evaluation of the whole pattern.
@Suite struct IntegerKernelTests {
    @Test(arguments: IntegerCase.all)
    func agreesWithTheReference(_ sample: IntegerCase) throws {
        let (graph, feeds) = try sample.graph()
        let (name, wanted) = try #require(try Session(Plan.make(graph: graph, options: PlanOptions(referenceOnly: true))).run(feeds).first)
        for tier in InstructionSet.available {
            for threads in [1, 3] {
                let plan = try Plan.make(graph: graph, options: PlanOptions(threads: threads, isa: tier))
                let report = try #require(plan.report.first { $0.node == "node" })
                #expect(report.kernel.contains("int8") && report.precision == "int8", "\(report.kernel): \(report.refusals)")
                #expect(plan.valueNames == [name], "more than one step")
                let got = try #require(try Session(plan).run(feeds)[name])
                #expect(got.type == wanted.type)
                try expectClose(got, wanted, "\(tier), \(threads) threads")
            }
        }
    }

    /// Floats within rounding; bytes within a step, and nearly all of them the same.
    private func expectClose(_ got: Tensor, _ wanted: Tensor, _ place: String) throws {
        let comparison = try TensorComparison(got.converted(to: .f32), reference: wanted.converted(to: .f32))
        if wanted.elementType == .f32 {
            #expect(comparison.maximumAbsoluteError <= 2e-6 * comparison.maximumMagnitude, "\(place)")
        } else {
            let a = try got.integers()
            let b = try wanted.integers()
            #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1 }, "\(place)")
            #expect(zip(a, b).count { $0 != $1 } <= a.count / 500, "\(place)")
            // A case that saturates throughout would show nothing.
            #expect(Set(b).count > min(8, b.count / 5), "\(place)")
        }
    }

    @Test func whatElseReadsTheFloatsKeepsThem() throws {
        let (graph, feeds) = try read(outputs: ["floats", "y"])
        let plan = try Plan.make(graph: graph)
        #expect(plan.report.first { $0.node == "node" }?.kernel == "convolution-direct-int8")
        #expect(plan.report.first { $0.node == "dequantize" }?.kernel == "dequantize-f32")
        #expect(plan.report.first { $0.node == "quantize" }?.kernel == "quantize-f32")
        let got = try Session(plan).run(feeds)
        let wanted = try Session(Plan.make(graph: graph, options: PlanOptions(referenceOnly: true))).run(feeds)
        for name in ["floats", "y", "bytes"] { try expectClose(#require(got[name]), #require(wanted[name]), name) }
    }

    @Test func keepingAllValuesGivesThemAll() throws {
        let (graph, feeds) = try read(outputs: [])
        let session = try Session(Plan.make(graph: graph, options: PlanOptions(keepAll: true)))
        let got = try session.run(feeds)
        #expect(Set(["floats", "y", "bytes"]).isSubset(of: got.keys))
    }

    /// A case of u8 to u8 without an activation, with further values among the outputs.
    private func read(outputs: [String]) throws -> (Graph, [String: Tensor]) {
        var sample = IntegerCase(
            base: KernelCases.convolutions[0], type: .u8, zero: 128, output: .u8, bias: .floats, perChannel: true)
        sample.relu = false
        var (graph, feeds) = try sample.graph()
        graph.setOutputs(try outputs.map { try #require(graph.value(named: $0)) } + graph.outputs)
        return (graph, feeds)
    }

    @Test func leavesDepthwiseToFloats() throws {
        let base = try #require(KernelCases.convolutions.first { $0.name == "depthwise" })
        let sample = IntegerCase(base: base, type: .u8, zero: 3, output: .u8, bias: .floats, perChannel: true)
        let report = try #require(Plan.make(graph: sample.graph().0).report.first { $0.node == "node" })
        #expect(report.kernel == "convolution-direct-f32 to u8" && report.refusals.first?.kernel == "convolution-direct-int8")
    }

    @Test func seenValuesHaveStepsOfTheirOwn() throws {
        let (graph, feeds) = try read(outputs: [])
        let plan = try Plan.make(graph: graph, options: PlanOptions(observed: [UTF8Name("floats"), UTF8Name("y")]))
        #expect(plan.valueNames == ["floats", "y", "bytes"])
        #expect(try Session(plan).run(feeds).keys.sorted() == ["bytes"])
    }

    @Test func saysWhyItRefuses() throws {
        var graph = Graph(name: "deep")
        let x = graph.addInput("x", TensorType(.u8, fixed: [1, 300, 15, 15]))
        let scale = graph.addConstant("scale", try Sample.scalar(.f32, 0.01).tensor())
        let w = graph.addConstant("w", try Tensor(zeros: .i8, [1, 300, 15, 15]))
        let floats = try graph.add(DequantizeLinear(), [x, scale], name: "d", outputNames: ["floats"])[0]
        let weight = try graph.add(DequantizeLinear(), [w, scale], name: "e", outputNames: ["weight"])[0]
        graph.setOutputs(try graph.add(Convolution(window: SpatialWindow()), [floats, weight], name: "conv", outputNames: ["y"]))
        let report = try #require(Plan.make(graph: graph).report.last)
        #expect(report.kernel == "convolution-direct-f32" && report.precision == "fp32")
        #expect(report.refusals == [KernelRefusal(kernel: "convolution-direct-int8", reason: "a sum of more than 65,000 products")])
    }
}
