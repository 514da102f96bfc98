import Bytes
import Engine
import GraphIR
import Operators
import Quantization
import Tensors
import Testing
import Verification

@Suite struct ReductionTests {
    static func reduced(
        _ graph: Graph, _ precision: LayerPrecision, samples: Samples? = Networks.samples(),
        change: (inout ReductionOptions) -> Void = { _ in }
    ) throws -> PrecisionReduction.Result {
        var options = ReductionOptions(precision: precision)
        change(&options)
        return try PrecisionReduction(graph, options).run(samples: samples)
    }

    /// Signal to noise at every output on a sample that calibration didn't see.
    static func decibels(_ graph: Graph, _ reduced: Graph, _ samples: Samples = Networks.samples(1, first: 99)) throws -> Double {
        let inputs = try samples.load(0)
        let expected = try Networks.run(graph, inputs)
        let actual = try Networks.run(reduced, inputs)
        #expect(Set(expected.keys) == Set(actual.keys))
        var least = Double.infinity
        for (name, tensor) in expected {
            let other = try #require(actual[name])
            #expect(other.type == tensor.type)
            least = min(least, try TensorComparison(other, reference: tensor).signalToNoiseDecibels)
        }
        return least
    }

    @Test(arguments: [
        (LayerPrecision.f16, 55.0), (.bf16, 38), (.int8, 18), (.f16Weights, 60), (.bf16Weights, 42), (.int8Weights, 38),
    ])
    func everyPrecisionKeepsTheNetwork(_ precision: LayerPrecision, _ least: Double) throws {
        let graph = try Networks.residual()
        let result = try Self.reduced(graph, precision)
        try result.graph.verify()
        let found = try Self.decibels(graph, result.graph)
        #expect(found > least && found < 200, "\(precision): \(found) dB")
        #expect(result.plan.layers.map(\.name).sorted() == ["conv1", "conv2", "conv3", "conv4"])
        #expect(result.plan.layers.allSatisfy { $0.precision == precision })
        // The values both name are there to be compared.
        for name in ["a", "b", "n", "p", "joined", "logits", "y"] { #expect(result.graph.value(named: name) != nil, "\(name)") }
        for name in ["x", "y", "logits"] {
            let value = try #require(result.graph.value(named: name))
            let original = try #require(graph.value(named: name))
            #expect(result.graph.type(value) == graph.type(original))
        }
    }

    /// The scale 4/3 in 16 bits would make 43 of 33 places instead of 44.
    @Test(arguments: [LayerPrecision.f16, .bf16]) func scalesOfAResizeStayExact(_ precision: LayerPrecision) throws {
        var graph = Graph(name: "resized")
        let x = graph.addInput("x", TensorType(.f32, [.fixed(1), .fixed(1), .free("H"), .fixed(33)]))
        let weights = try Tensor((0..<9).map { Float($0) / 9 }, shape: [1, 1, 3, 3])
        let window = SpatialWindow(pads: [1, 1, 1, 1])
        let a = try graph.add(Convolution(window: window), [x, graph.addConstant("w", weights)], name: "conv")[0]
        let scales = graph.addConstant("scales", try Tensor([1, 1, 4.0 / 3, 4.0 / 3] as [Float]))
        let b = try graph.add(Resize(mode: .linear), [a, nil, scales], name: "resize")[0]
        graph.setOutputs([try graph.add(Convolution(window: window), [b, graph.addConstant("v", weights)], name: "last")[0]])
        let reduced = try Self.reduced(graph, precision, samples: nil).graph
        let inputs = ["x": try Tensor((0..<990).map { Float($0 % 7) }, shape: [1, 1, 30, 33])]
        let result = try #require(try Networks.run(reduced, inputs).values.first)
        #expect(result.shape == [1, 1, 40, 44])
    }

    /// What lies between a layer and its activation is neither rounded to 8 bits nor widened from 16; the two are one layer.
    @Test(arguments: [LayerPrecision.f16, .int8]) func anActivationIsPartOfItsLayer(_ precision: LayerPrecision) throws {
        let graph = try Networks.single(TensorType(.f32, fixed: [1, 2, 8, 6, 4])) { graph, x in
            let weights = try Tensor((0..<108).map { Float($0 % 7) / 20 - 0.1 }, shape: [2, 2, 3, 3, 3])
            let op = Convolution(window: SpatialWindow(pads: [1, 1, 1, 1, 1, 1]))
            let linear = try graph.add(op, [x, graph.addConstant("w1", weights)], name: "conv1", outputNames: ["linear"])[0]
            let active = try graph.add(Softplus(), [linear], name: "softplus", outputNames: ["active"])[0]
            return try graph.add(op, [active, graph.addConstant("w2", weights)], name: "conv2", outputNames: ["y"])[0]
        }
        let result = try Self.reduced(graph, precision) { $0.families.insert(.activation) }
        #expect(result.plan.layers.map(\.name) == ["conv1", "conv2"])
        #expect(precision == .f16 || result.plan.values.keys.sorted() == ["active", "x"])
        let reduced = result.graph
        let active = try #require(reduced.value(named: "active"))
        #expect(reduced.type(active).elementType == (precision == .f16 ? .f16 : .f32))
        let softplus = try #require(reduced.producer(active))
        #expect(reduced[softplus].inputs[0].flatMap(reduced.producer).map { reduced[$0].name } == "conv1")
    }

    /// The kernel of a normalisation takes in the activation behind it, but a layer of 8 bits needs the range of what lies between.
    @Test func valuesThatKernelsTakeInAreWatched() throws {
        let graph = try Networks.single(TensorType(.f32, fixed: [1, 2, 8, 6, 4])) { graph, x in
            let ones = graph.addConstant("ones", try Tensor([Float(1), 1]))
            let zeros = graph.addConstant("zeros", try Tensor([Float(0), 0]))
            let normed = try graph.add(BatchNormalization(), [x, ones, zeros, zeros, ones], name: "norm", outputNames: ["normed"])[0]
            let active = try graph.add(LeakyRelu(), [normed], name: "leaky", outputNames: ["active"])[0]
            let weights = try Tensor((0..<108).map { Float($0 % 7) / 20 - 0.1 }, shape: [2, 2, 3, 3, 3])
            return try graph.add(Convolution(), [active, graph.addConstant("w", weights)], name: "conv", outputNames: ["y"])[0]
        }
        let result = try Self.reduced(graph, .int8) { $0.families.insert(.activation) }
        #expect(result.plan.layers.map(\.name) == ["leaky", "conv"])
        #expect(result.plan.values.keys.sorted() == ["active", "normed"])
    }

    @Test func integersFlowThroughPoolsAndConcatenations() throws {
        let graph = try Networks.residual()
        let reduced = try Self.reduced(graph, .int8).graph
        // Concat's inputs are in the scale of its output, and the pool before it works on 8 bits already.
        func producer(_ value: ValueID?) throws -> Node { reduced[try #require(value.flatMap { reduced.producer($0) })] }
        let concat = try #require(reduced.nodeIDs.map { reduced[$0] }.first { $0.op is Concat })
        var scales: Set<Float> = []
        for input in concat.inputs {
            var node = try producer(input)
            if node.op is MaxPool { node = try producer(node.inputs[0]) }
            #expect(node.op is DequantizeLinear)
            let scale = try #require(reduced.constant(node.inputs[1]))
            scales.formUnion(try scale.array(Float.self))
        }
        #expect(scales.count == 1)
        let pool = try #require(reduced.nodeIDs.map { reduced[$0] }.first { $0.op is MaxPool })
        let before = try producer(pool.inputs[0])
        #expect(before.op is DequantizeLinear)
    }

    @Test func weightsTakeOneByteAndBiasesAreIntegers() throws {
        let graph = try Networks.residual()
        let reduced = try Self.reduced(graph, .int8).graph
        for name in ["w1", "w2", "w3", "w4"] {
            let tensor = try #require(reduced.constant(reduced.value(named: name)))
            #expect(tensor.elementType == .i8)
            let values = try tensor.array(Int8.self)
            #expect(values.allSatisfy { $0 >= -127 })
            let id = try #require(reduced.value(named: name))
            let reader = try #require(reduced.nodeIDs.map { reduced[$0] }.first { $0.inputs.contains(id) })
            #expect(reduced.constant(reader.inputs[1])?.count == tensor.shape[0])
        }
        #expect(reduced.constant(reduced.value(named: "b1"))?.elementType == .i32)
        let total = reduced.valueIDs.reduce(0) { $0 + (reduced.constant($1)?.byteCount ?? 0) }
        let before = graph.valueIDs.reduce(0) { $0 + (graph.constant($1)?.byteCount ?? 0) }
        #expect(Double(total) < 0.31 * Double(before))
    }

    @Test func theSameModelGivesTheSameGraph() throws {
        let graph = try Networks.residual()
        let one = try Self.reduced(graph, .int8)
        let other = try Self.reduced(graph, .int8)
        #expect(one.graph.dump() == other.graph.dump())
        #expect(one.plan == other.plan)
        for id in one.graph.valueIDs {
            guard let tensor = one.graph.constant(id) else { continue }
            let twin = try #require(other.graph.constant(other.graph.value(named: one.graph[id].name)))
            #expect(tensor.isIdentical(to: twin))
        }
    }

    @Test func aPlanAppliesAgainToTheSameGraph() throws {
        let graph = try Networks.residual()
        let result = try Self.reduced(graph, .int8)
        let read = try PrecisionPlan(json: JSONValue(parsing: result.plan.json.text(.indented)))
        #expect(read.values == result.plan.values && read.layers.map(\.precision) == result.plan.layers.map(\.precision))
        // Calibrated weights need the samples again; without them all weights count alike.
        var options = ReductionOptions(precision: .int8)
        options.method = .minmax
        let again = try PrecisionReduction(graph, options).run(samples: Networks.samples(), given: read)
        #expect(again.graph.dump() == result.graph.dump())
        for id in result.graph.valueIDs {
            guard let tensor = result.graph.constant(id) else { continue }
            let twin = try #require(again.graph.constant(again.graph.value(named: result.graph[id].name)))
            #expect(tensor.isIdentical(to: twin))
        }
    }

    @Test func anEditedPlanIsFollowed() throws {
        let graph = try Networks.residual()
        var plan = try Self.reduced(graph, .int8).plan
        plan.layers[1].precision = .f32
        let result = try PrecisionReduction(graph, ReductionOptions(precision: .int8)).run(samples: nil, given: plan)
        #expect(result.graph.constant(result.graph.value(named: "w2"))?.elementType == .f32)
        #expect(result.graph.constant(result.graph.value(named: "w3"))?.elementType == .i8)
        plan.layers[1].name = "conv9"
        #expect(throws: OsteonError.self) {
            try PrecisionReduction(graph, ReductionOptions(precision: .int8)).run(samples: nil, given: plan)
        }
    }

    @Test func aLayerThatLeavesTheRangeOfHalfStaysInFloat() throws {
        let graph = try Networks.residual(scale: 30_000)
        let result = try Self.reduced(graph, .f16)
        #expect(result.plan.overflowing.contains("a"))
        let layers = Dictionary(uniqueKeysWithValues: result.plan.layers.map { ($0.name, $0) })
        #expect(layers["conv1"]?.precision == .f16Weights)
        #expect(layers["conv1"]?.reason.contains("leaves the range") == true)
        // What reads it stays too; what's behind the normalisation doesn't.
        #expect(layers["conv2"]?.precision == .f16Weights)
        let found = try Self.decibels(graph, result.graph)
        #expect(found > 50, "\(found)")
        #expect(try Self.reduced(graph, .bf16).plan.layers.allSatisfy { $0.precision == .bf16 })
    }

    @Test func normalisationsAndSoftmaxStayInFloat() throws {
        let reduced = try Self.reduced(Networks.residual(), .f16).graph
        for id in reduced.nodeIDs {
            let node = reduced[id]
            let type = reduced.type(node.outputs[0]).elementType
            if node.op is InstanceNormalization || node.op is Softmax { #expect(type == .f32) }
            if node.op is Convolution { #expect(type == .f16) }
        }
    }

    @Test func normalisationsOnTheirOwnAreAScaleAndAShiftIn16Bits() throws {
        let graph = try Networks.single(TensorType(.f32, fixed: [1, 2, 8, 6, 4])) { graph, x in
            var parameters: [ValueID] = []
            for (name, values) in [("scale", [1.5, -0.25]), ("bias", [0.1, 3]), ("mean", [0.2, -7]), ("variance", [2, 0.01])] {
                parameters.append(graph.addConstant(name, try Tensor(values.map { Float($0) })))
            }
            let y = try graph.add(BatchNormalization(), [x] + parameters, name: "norm")[0]
            let w = graph.addConstant("w", try Tensor([1, 2] as [Float], shape: [1, 2, 1, 1, 1]))
            return try graph.add(Convolution(window: SpatialWindow()), [y, w], name: "conv")[0]
        }
        let reduced = try Self.reduced(graph, .f16).graph
        #expect(reduced.constant(reduced.value(named: "scale"))?.elementType == .f16)
        #expect(reduced.value(named: "variance") == nil && reduced.value(named: "mean") == nil)
        #expect(try Self.decibels(graph, reduced) > 55)
        let whole = try Self.reduced(graph, .f16) { $0.halvesNormalizations = false }.graph
        #expect(whole.constant(whole.value(named: "variance"))?.elementType == .f32)
    }

    @Test func policiesForTheEndsAndNamesKept() throws {
        let result = try Self.reduced(Networks.residual(), .int8) {
            $0.firstLayers = .f16
            $0.lastLayers = .f32
            $0.kept = ["conv3"]
        }
        let precisions = Dictionary(uniqueKeysWithValues: result.plan.layers.map { ($0.name, $0.precision) })
        #expect(precisions == ["conv1": .f16, "conv2": .int8, "conv3": .f32, "conv4": .f32])
    }

    @Test func additionsAreReducedWhenAskedFor() throws {
        let graph = try Networks.single(TensorType(.f32, fixed: [1, 2, 8, 6, 4])) { graph, x in
            let y = try graph.add(Relu(), [x], name: "relu")[0]
            let sum = try graph.add(Add(), [x, y], name: "sum")[0]
            return try graph.add(GlobalAveragePool(), [sum], name: "mean")[0]
        }
        let result = try Self.reduced(graph, .int8) { $0.families = [.addition, .pooling] }
        #expect(result.plan.layers.map(\.precision) == [.int8, .int8])
        #expect(result.graph.nodeIDs.filter { result.graph[$0].op is QuantizeLinear }.count == 3)
        #expect(try Self.decibels(graph, result.graph) > 25)
        #expect(try Self.reduced(graph, .int8).plan.layers.isEmpty)
    }

    @Test func productsAndTransposedConvolutions() throws {
        var seeded = SeededInput(seed: 8)
        let dense = try Networks.single(TensorType(.f32, fixed: [4, 7])) { graph, x in
            let b = graph.addConstant("w", try seeded.tensor(.f32, [9, 7]))
            let c = graph.addConstant("c", try seeded.tensor(.f32, [1, 9]))
            let y = try graph.add(Gemm(transposeB: true), [x, b, c], name: "gemm")[0]
            let w = graph.addConstant("m", try seeded.tensor(.f32, [9, 5]))
            return try graph.add(MatMul(), [y, w], name: "product")[0]
        }
        let rows = Samples(names: ["0", "1"]) { (index) throws(OsteonError) in
            var seeded = SeededInput(seed: UInt64(index + 1))
            return ["x": try seeded.tensor(.f32, [4, 7])]
        }
        let upsampled = try Networks.single(TensorType(.f32, fixed: [1, 4, 8, 6, 4])) { graph, x in
            let w = graph.addConstant("w", try seeded.tensor(.f32, [4, 3, 2, 2, 2]))
            let y = try graph.add(TransposedConvolution(window: SpatialWindow(strides: [2, 2, 2])), [x, w], name: "up")[0]
            let grouped = graph.addConstant("g", try seeded.tensor(.f32, [3, 2, 2, 2, 2]))
            let bias = graph.addConstant("b", try seeded.tensor(.f32, [6]))
            return try graph.add(
                TransposedConvolution(window: SpatialWindow(strides: [1, 1, 1]), groups: 3), [y, grouped, bias], name: "grouped")[0]
        }
        for (graph, samples) in [(dense, rows), (upsampled, Networks.samples(2, channels: 4))] {
            for precision in [LayerPrecision.int8, .int8Weights, .f16] {
                let result = try Self.reduced(graph, precision, samples: samples)
                #expect(result.plan.layers.allSatisfy { $0.precision == precision })
                let found = try Self.decibels(graph, result.graph, samples)
                #expect(found > 30, "\(precision): \(found)")
            }
        }
    }

    @Test func correctedBiasesGiveTheMeansBack() throws {
        // Values far from 0 whose weights don't average out: rounding shifts the mean.
        let graph = try Networks.single(TensorType(.f32, fixed: [1, 2, 8, 6, 4])) { graph, x in
            var seeded = SeededInput(seed: 12)
            let five = graph.addConstant("five", try Tensor(scalar: Float(5)))
            let shifted = try graph.add(Add(), [x, five], name: "shift")[0]
            let w = graph.addConstant("w", try seeded.tensor(.f32, [40, 2, 3, 3, 3]))
            return try graph.add(Convolution(window: SpatialWindow()), [shifted, w], name: "conv", outputNames: ["y"])[0]
        }
        func error(_ corrects: Bool) throws -> Double {
            let reduced = try Self.reduced(graph, .int8) { $0.correctsBiases = corrects }.graph
            let inputs = try Networks.samples(1).load(0)
            let a = try Networks.run(graph, inputs)["y"]!.doubles()
            let b = try Networks.run(reduced, inputs)["y"]!.doubles()
            let places = a.count / 40
            return (0..<40).reduce(0) { sum, channel in
                let range = channel * places..<(channel + 1) * places
                return sum + abs(zip(a[range], b[range]).reduce(0) { $0 + $1.0 - $1.1 } / Double(places))
            }
        }
        #expect(try error(true) < 0.3 * error(false))
    }

    @Test func samplesAreNeededForRangesAndRefusedWhereNotFinite() throws {
        let graph = try Networks.residual()
        #expect(throws: OsteonError.self) { try Self.reduced(graph, .int8, samples: nil) }
        #expect(try Self.decibels(graph, Self.reduced(graph, .int8Weights, samples: nil).graph) > 35)
        let bad = Samples(names: ["bad"]) { (_) throws(OsteonError) in
            var seeded = SeededInput(seed: 1)
            var values = try seeded.tensor(.f32, [1, 2, 8, 6, 4]).array(Float.self)
            values[5] = .nan
            return ["x": try Tensor(values, shape: [1, 2, 8, 6, 4])]
        }
        do {
            _ = try Self.reduced(graph, .int8, samples: bad)
            Issue.record("a NaN was taken")
        } catch let error as OsteonError {
            #expect(error.message.contains("Value x") && error.exitCode == 2)
        }
    }
}
