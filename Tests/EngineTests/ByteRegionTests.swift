import Engine
import TestSupport
import Testing

/// A node between dequantizations and a quantization, for a kernel that reads or writes bytes.
struct RegionCase: Sendable, CustomTestStringConvertible {
    var name: String
    var op: any Operator
    /// The node's inputs; nil for one left out.
    var inputs: [Sample?]
    /// Inputs that are constants of the graph.
    var constants: Set<Int> = []
    /// Inputs that are quantized and dequantized.
    var quantized: Set<Int> = [0]
    /// Whether the result is quantized, and with which zero point; nil for not.
    var outputZero: Double?
    var type = ElementType.u8
    var relu = false
    /// What computes the node.
    var kernel: String

    var testDescription: String { "\(Swift.type(of: op).id) \(name) of \(type)" }

    func graph() throws -> (Graph, [String: Tensor]) {
        var graph = Graph(name: name)
        var feeds: [String: Tensor] = [:]
        var arguments: [ValueID?] = []
        let scale = graph.addConstant("scale", try Sample.scalar(.f32, 0.011).tensor())
        let zero = graph.addConstant("zero", try Sample.scalar(type, type == .u8 ? 117 : -9).tensor())
        for (index, sample) in inputs.enumerated() {
            guard let tensor = try sample?.tensor() else {
                arguments.append(nil)
                continue
            }
            if constants.contains(index) {
                arguments.append(graph.addConstant("c\(index)", tensor))
                continue
            }
            feeds["x\(index)"] = tensor
            var value = graph.addInput("x\(index)", tensor.type)
            if quantized.contains(index) {
                value = try graph.add(QuantizeLinear(), [value, scale, zero], name: "q\(index)", outputNames: ["bytes\(index)"])[0]
                value = try graph.add(DequantizeLinear(), [value, scale, zero], name: "d\(index)", outputNames: ["floats\(index)"])[0]
            }
            arguments.append(value)
        }
        var y = try graph.add(op, arguments, name: "node", outputNames: ["y"])[0]
        if relu { y = try graph.add(Relu(), [y], name: "relu", outputNames: ["active"])[0] }
        if let outputZero {
            let zeroY = graph.addConstant("zero_y", try Sample.scalar(type, outputZero).tensor())
            let scaleY =
                quantized.isEmpty || outputZero != (type == .u8 ? 117 : -9)
                ? graph.addConstant("scale_y", try Sample.scalar(.f32, 0.017).tensor()) : scale
            y = try graph.add(QuantizeLinear(), [y, scaleY, zeroY], name: "quantize", outputNames: ["out"])[0]
        }
        graph.setOutputs([y])
        return (graph, feeds)
    }

    private static func noise(_ shape: [Int], _ seed: UInt64 = 1) -> Sample { .noise(.f32, shape, seed: seed) }

    static let all: [RegionCase] = {
        var cases: [RegionCase] = []
        for type in [ElementType.u8, .i8] {
            let same = type == .u8 ? 117.0 : -9
            let x = noise([2, 3, 6, 7, 9])
            func move(
                _ name: String, _ op: any Operator, _ inputs: [Sample?], constants: Set<Int> = [], kernel: String, quantized: Set<Int> = [0]
            ) {
                cases.append(
                    RegionCase(
                        name: name, op: op, inputs: inputs, constants: constants, quantized: quantized, outputZero: same, type: type,
                        kernel: kernel))
            }
            move("pooled", MaxPool(window: SpatialWindow(kernel: [2, 2, 2], strides: [2, 2, 2])), [x], kernel: "max-pool-bytes")
            move(
                "padded", MaxPool(window: SpatialWindow(kernel: [3, 3, 3], strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1])), [x],
                kernel: "max-pool-bytes")
            move("joined", Concat(axis: 1), [x, noise([2, 1, 6, 7, 9], 2)], kernel: "block-copy", quantized: [0, 1])
            move("twice the same", Transpose(permutation: [4, 1, 2, 0, 3]), [x], kernel: "block-copy")
            move("reshaped", Reshape(), [x, .i64([6, -1])], constants: [1], kernel: "view")
            move(
                "nearest", Resize(mode: .nearest, coordinateTransformation: .asymmetric, nearestMode: .floor),
                [x, nil, .f32([1, 1, 2, 2, 2])], constants: [2], kernel: "resize-nearest")
            // A fill is a byte as well: that of 0, or of the number given.
            let pads = Sample.i64([0, 0, 1, 0, 2, 0, 1, 0, 3, 1])
            move("by zeros", Pad(), [x, pads], constants: [1], kernel: "block-copy")
            move("by a number", Pad(), [x, pads, .scalar(.f32, 0.5)], constants: [1, 2], kernel: "block-copy")
            move("by the edge", Pad(mode: .edge), [x, pads], constants: [1], kernel: "reference")
            move("to blocks", DepthToSpace(blockSize: 2), [noise([2, 8, 6, 7])], kernel: "reference")
            move("to channels", SpaceToDepth(blockSize: 2), [noise([2, 3, 6, 8])], kernel: "reference")
            for zero in [nil, same, 3] as [Double?] {
                let to = zero == nil ? "" : " to \(type)"
                func floats(
                    _ name: String, _ op: any Operator, _ inputs: [Sample?], constants: Set<Int> = [], kernel: String,
                    quantized: Set<Int> = [0], relu: Bool = false
                ) {
                    cases.append(
                        RegionCase(
                            name: name, op: op, inputs: inputs, constants: constants, quantized: quantized, outputZero: zero, type: type,
                            relu: relu, kernel: kernel))
                }
                floats("both", Add(), [x, noise([2, 3, 6, 7, 9], 3)], kernel: "zip-f32 from \(type)\(to)", quantized: [0, 1])
                floats("one", Add(), [x, noise([2, 3, 6, 7, 9], 3)], kernel: "zip-f32 from \(type)\(to)", quantized: [1], relu: true)
                floats("channels", Multiply(), [x, noise([3, 1, 1, 1], 3)], constants: [1], kernel: "zip-f32 from \(type)\(to)")
                floats("curve", LeakyRelu(), [x], kernel: "map-f32 from \(type)\(to)")
                floats(
                    "normed", InstanceNormalization(), [x, noise([3], 2), noise([3], 3)], constants: [1, 2],
                    kernel: "group-normalization-f32 from \(type)\(to)", relu: true)
            }
            func writes(
                _ name: String, _ op: any Operator, _ inputs: [Sample?], constants: Set<Int> = [], kernel: String, relu: Bool = false
            ) {
                cases.append(
                    RegionCase(
                        name: name, op: op, inputs: inputs, constants: constants, quantized: [], outputZero: 12, type: type, relu: relu,
                        kernel: kernel + " to \(type)"))
            }
            let window = SpatialWindow(pads: [1, 1, 1, 1, 1, 1])
            writes(
                "floats", Convolution(window: window), [x, noise([5, 3, 3, 3, 3], 2)], constants: [1], kernel: "convolution-direct-f32")
            writes(
                "floats", TransposedConvolution(window: SpatialWindow(strides: [2, 2, 2])), [x, noise([3, 4, 2, 2, 2], 2)], constants: [1],
                kernel: "transposed-convolution-subpixel-f32")
            writes("sum", Add(), [x, noise([2, 3, 6, 7, 9], 3)], kernel: "zip-f32", relu: true)
            writes("curve", Tanh(), [x], kernel: "map-f32")
            writes(
                "batch", BatchNormalization(), [x, noise([3], 2), noise([3], 3), noise([3], 4), .f32([0.7, 1, 1.2])],
                constants: [1, 2, 3, 4],
                kernel: "channel-affine-f32", relu: true)
            writes(
                "group", GroupNormalization(groups: 3), [x, noise([3], 2), noise([3], 3)], constants: [1, 2],
                kernel: "group-normalization-f32")
        }
        return cases
    }()
}

/// Steps that read and write bytes against the reference evaluation of all nodes they take in.
@Suite struct ByteRegionTests {
    @Test(arguments: RegionCase.all)
    func agreesWithTheReference(_ sample: RegionCase) throws {
        let (graph, feeds) = try sample.graph()
        let wanted = try #require(try Session(Plan.make(graph: graph, options: PlanOptions(referenceOnly: true))).run(feeds).first)
        for tier in InstructionSet.available {
            for threads in [1, 3] {
                let plan = try Plan.make(graph: graph, options: PlanOptions(threads: threads, isa: tier))
                let report = try #require(plan.report.first { $0.node == "node" })
                #expect(report.kernel == sample.kernel, "\(report.refusals)")
                // The quantizations of the inputs and one more step are left.
                #expect(plan.valueNames.count == sample.quantized.count + 1, "\(plan.valueNames)")
                let session = try Session(plan)
                for _ in 0..<2 {
                    let got = try #require(try session.run(feeds)[wanted.key])
                    try expectClose(got, wanted.value, "\(tier), \(threads) threads")
                }
            }
        }
    }

    private func expectClose(_ got: Tensor, _ wanted: Tensor, _ place: String) throws {
        #expect(got.type == wanted.type)
        let comparison = try TensorComparison(got.converted(to: .f32), reference: wanted.converted(to: .f32))
        if wanted.elementType == .f32 {
            #expect(comparison.maximumAbsoluteError <= 2e-6 * comparison.maximumMagnitude, "\(place)")
        } else {
            #expect(comparison.maximumAbsoluteError <= 1, "\(place)")
            #expect(try zip(got.integers(), wanted.integers()).count { $0 != $1 } <= max(1, got.count / 500), "\(place)")
            #expect(Set(try wanted.integers()).count > 30, "\(place)")
        }
    }

    @Test func anotherScaleIsNoMovement() throws {
        var sample = RegionCase.all[0]
        sample.outputZero = 3
        let (graph, feeds) = try sample.graph()
        let plan = try Plan.make(graph: graph)
        #expect(plan.report.first { $0.node == "node" }?.kernel == "pool-f32")
        let wanted = try Session(Plan.make(graph: graph, options: PlanOptions(referenceOnly: true))).run(feeds)
        #expect(try #require(Session(plan).run(feeds)["out"]).isIdentical(to: #require(wanted["out"])))
    }

    /// Dynamic quantisation: the cast behind the sums is computed with them, unless somebody sees the whole numbers.
    @Test func castsOfSumsAreTakenIn() throws {
        for keepAll in [false, true] {
            var graph = Graph(name: "dynamic")
            let x = graph.addInput("x", TensorType(.f32, [.fixed(1), .fixed(3), .fixed(5), .fixed(6)]))
            let bytes = try graph.add(DynamicQuantizeLinear(), [x], name: "quantize", outputNames: ["q", "scale", "zero"])
            let weight = graph.addConstant("w", try Sample(.i8, integers: (0..<108).map { $0 * 37 % 256 - 128 }, [4, 3, 3, 3]).tensor())
            let sum = try graph.add(IntegerConvolution(), [bytes[0], weight, bytes[2]], name: "node", outputNames: ["sum"])[0]
            let floats = try graph.add(Cast(elementType: .f32), [sum], name: "cast", outputNames: ["floats"])[0]
            graph.setOutputs(try graph.add(Multiply(), [floats, bytes[1]], name: "scaled", outputNames: ["y"]))
            let plan = try Plan.make(graph: graph, options: PlanOptions(keepAll: keepAll))
            #expect(plan.report.first { $0.node == "node" }?.kernel == "convolution-integer")
            #expect(plan.report.first { $0.node == "cast" }?.kernel == (keepAll ? KernelTable.referenceName : "fused into node"))
            let feeds = ["x": try Sample.noise(.f32, [1, 3, 5, 6], seed: 3).tensor()]
            let wanted = try Session(Plan.make(graph: graph, options: PlanOptions(referenceOnly: true))).run(feeds)
            #expect(try #require(Session(plan).run(feeds)["y"]).isIdentical(to: #require(wanted["y"])))
        }
    }

    @Test func floatsThatAreReadElsewhereStay() throws {
        let sample = try #require(RegionCase.all.first { $0.op is Add && $0.outputZero == nil && $0.quantized.count == 2 })
        var (graph, feeds) = try sample.graph()
        let floats = try #require(graph.value(named: "floats0"))
        graph.setOutputs(graph.outputs + [try graph.add(Softmax(), [floats], name: "softmax", outputNames: ["s"])[0]])
        let plan = try Plan.make(graph: graph)
        #expect(plan.report.first { $0.node == "d0" }?.kernel == "dequantize-f32")
        #expect(plan.report.first { $0.node == "d1" }?.kernel == "fused into node")
        let got = try Session(plan).run(feeds)
        let wanted = try Session(Plan.make(graph: graph, options: PlanOptions(referenceOnly: true))).run(feeds)
        for name in ["y", "s"] {
            let comparison = try TensorComparison(#require(got[name]), reference: #require(wanted[name]))
            #expect(comparison.maximumAbsoluteError <= 2e-6 * comparison.maximumMagnitude)
        }
    }
}
