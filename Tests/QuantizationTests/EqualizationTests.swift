import Bytes
import Engine
import GraphIR
import Operators
import Quantization
import Tensors
import Testing
import Verification

@Suite struct EqualizationTests {
    static let ranges: [Float] = [0.01, 0.1, 1, 10, 100, 1]

    /// conv1 (relu), whose channels' ranges differ widely, through a pool and back up, beside itself:
    ///
    ///     x ─ conv1 ─┬─ pool ─ conv2 ─ up (transposed) ─┐
    ///                └──────────────────────────────────┴ concat ─ conv3 ─ y
    static func unet() throws -> Graph {
        try Networks.single(TensorType(.f32, fixed: [1, 2, 8, 6, 4])) { graph, x in
            var seeded = SeededInput(seed: 4)
            func weights(_ name: String, _ shape: [Int], _ graph: inout Graph, by factor: (Int) -> Float = { _ in 1 }) throws -> ValueID {
                let tensor = try seeded.tensor(.f32, shape)
                let width = tensor.count / shape[0]
                let values = try tensor.array(Float.self).enumerated().map { $1 * factor($0) / Float(width).squareRoot() }
                return graph.addConstant(name, try Tensor(values, shape: shape))
            }
            let window = SpatialWindow(pads: [1, 1, 1, 1, 1, 1])
            let two = SpatialWindow(kernel: [2, 2, 2], strides: [2, 2, 2])
            let w1 = try weights("w1", [6, 2, 3, 3, 3], &graph) { ranges[$0 / 54] }
            let b1 = graph.addConstant("b1", try Tensor(ranges.map { $0 * 0.1 }))
            let linear = try graph.add(Convolution(window: window), [x, w1, b1], name: "conv1", outputNames: ["linear"])[0]
            let a = try graph.add(Relu(), [linear], name: "relu1", outputNames: ["a"])[0]
            let p = try graph.add(MaxPool(window: two), [a], name: "pool", outputNames: ["p"])[0]
            let w2 = try weights("w2", [4, 6, 3, 3, 3], &graph) { 1 / ranges[$0 / 27 % 6] }
            let c = try graph.add(Convolution(window: window), [p, w2], name: "conv2", outputNames: ["c"])[0]
            let wu = try weights("wu", [4, 3, 2, 2, 2], &graph) { _ in 300 }
            let up = try graph.add(
                TransposedConvolution(window: SpatialWindow(strides: [2, 2, 2])), [c, wu], name: "up", outputNames: ["u"])[0]
            let joined = try graph.add(Concat(axis: 1), [up, a], name: "concat", outputNames: ["joined"])[0]
            let w3 = try weights("w3", [4, 9, 1, 1, 1], &graph) { ($0 % 9 < 3) ? 0.002 : 1 / ranges[$0 % 9 - 3] }
            return try graph.add(Convolution(window: SpatialWindow()), [joined, w3], name: "conv3", outputNames: ["y"])[0]
        }
    }

    static func factors(_ graph: Graph) throws -> [String: [Int]] {
        let equalization = try ChannelEqualization(graph)
        var calibrator = Calibrator(graph, histograms: equalization.watchedValues)
        try calibrator.add(Networks.samples().load(0))
        return try equalization.scales(calibrator.table)
    }

    @Test func theNetworkStaysTheSame() throws {
        let graph = try Self.unet()
        let factors = try Self.factors(graph)
        #expect(factors.keys.sorted() == ["conv1", "conv2", "up"].filter { factors[$0] != nil })
        let scales = try #require(factors["conv1"])
        // The channel 10,000 times smaller than the largest is raised by about as much.
        #expect(scales[0] - scales[4] > 40)
        let result = try ChannelEqualization(graph).apply(factors)
        try result.verify()
        #expect(try ReductionTests.decibels(graph, result) > 110)
        // Values whose numbers changed aren't taken for those they were; the output keeps its name.
        #expect(result.value(named: "a") == nil && result.value(named: "a:equalized") != nil)
        #expect(result.value(named: "joined:equalized") != nil)
        #expect(result.value(named: "y") == graph.value(named: "y"))
        let after = try result.constant(result.value(named: "w1"))?.array(Float.self)
        #expect(try after != nil && after != graph.constant(graph.value(named: "w1"))?.array(Float.self))
    }

    @Test func valuesRoundedByTensorGainFromIt() throws {
        let graph = try Self.unet()
        func reduced(_ equalizes: Bool) throws -> PrecisionReduction.Result {
            var options = ReductionOptions(precision: .int8)
            options.equalizes = equalizes
            let evaluator = try OutputEvaluator(graph, samples: Networks.samples(), engine: PlanOptions())
            return try PrecisionReduction(graph, options).run(samples: Networks.samples(), evaluator: evaluator)
        }
        let even = try reduced(true)
        let plain = try reduced(false)
        #expect(try ReductionTests.decibels(graph, even.graph) > ReductionTests.decibels(graph, plain.graph) + 10)
        #expect(plain.plan.channelScales.isEmpty && !even.plan.channelScales.isEmpty)
        // The plan alone makes the same again, and survives being written.
        let read = try PrecisionPlan(json: JSONValue(parsing: even.plan.json.text()))
        let again = try PrecisionReduction(graph, ReductionOptions(precision: .int8)).run(samples: nil, given: read)
        #expect(again.graph.dump() == even.graph.dump())
        for id in even.graph.valueIDs {
            guard let tensor = even.graph.constant(id) else { continue }
            let other = try #require(again.graph.constant(again.graph.value(named: even.graph[id].name)))
            #expect(other.bytes.isIdentical(to: tensor.bytes), "\(even.graph[id].name)")
        }
    }

    @Test func channelsOfOneSizeAreLeftAlone() throws {
        #expect(try Self.factors(Networks.residual()).isEmpty)
    }

    @Test func aScaleThatCanNotBeUndoneIsRefused() throws {
        let graph = try Self.unet()
        let equalization = try ChannelEqualization(graph)
        // conv3 makes the output, which no one divides again.
        #expect(throws: OsteonError.self) { try equalization.apply(["conv3": [2, 0, 0, 0]]) }
        #expect(throws: OsteonError.self) { try equalization.apply(["conv1": [2, 0]]) }
        #expect(throws: OsteonError.self) { try equalization.apply(["conv1": [2, 0, 0, 0, 0, 401]]) }
        #expect(throws: OsteonError.self) { try equalization.apply(["nothing": [1]]) }
    }

    @Test func addedChannelsAreScaledTogether() throws {
        let graph = try Networks.single(TensorType(.f32, fixed: [1, 2, 8, 6, 4])) { graph, x in
            var seeded = SeededInput(seed: 5)
            func convolution(_ name: String, _ x: ValueID, _ outputs: Int, _ inputs: Int, _ graph: inout Graph) throws -> ValueID {
                let w = graph.addConstant("w.\(name)", try seeded.tensor(.f32, [outputs, inputs, 1, 1, 1]))
                return try graph.add(Convolution(window: SpatialWindow()), [x, w], name: name)[0]
            }
            let a = try convolution("a", x, 3, 2, &graph)
            let b = try convolution("b", x, 3, 2, &graph)
            let sum = try graph.add(Relu(), [graph.add(Add(), [a, b], name: "sum")[0]], name: "relu")[0]
            return try convolution("c", sum, 2, 3, &graph)
        }
        let equalization = try ChannelEqualization(graph)
        let result = try equalization.apply(["a": [8, 0, -3], "b": [8, 0, -3]])
        #expect(try ReductionTests.decibels(graph, result) > 110)
        #expect(throws: OsteonError.self) { try equalization.apply(["a": [8, 0, -3]]) }
    }

    @Test func weightsOfSevenBitsStayWithin63() throws {
        let reduced = try ReductionTests.reduced(Networks.residual(), .int8) { $0.weightBits = 7 }
        for name in ["w1", "w2", "w3", "w4"] {
            let values = try #require(reduced.graph.constant(reduced.graph.value(named: name))).array(Int8.self)
            #expect(values.allSatisfy { abs($0) <= 63 } && values.contains { abs($0) > 50 })
        }
        #expect(try ReductionTests.decibels(Networks.residual(), reduced.graph) > 15)
    }
}
