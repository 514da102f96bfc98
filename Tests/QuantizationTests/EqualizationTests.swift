import Bytes
import GraphIR
import Operators
import Tensors
import Testing
import Verification
import Quantization

@Suite struct EqualizationTests {
    /// Two convolutions with a ReLU between, the channels of the first of very different ranges.
    static func graph() throws -> Graph {
        try Networks.single(TensorType(.f32, fixed: [1, 2, 8, 6, 4])) { graph, x in
            var seeded = SeededInput(seed: 4)
            let values = try seeded.tensor(.f32, [6, 2, 3, 3, 3]).array(Float.self)
            let w1 = graph.addConstant("w1", try Tensor(values.enumerated().map { $1 * [0.01, 0.1, 1, 10, 100, 1][$0 / 54] }, shape: [6, 2, 3, 3, 3]))
            let b1 = graph.addConstant("b1", try seeded.tensor(.f32, [6]))
            let y = try graph.add(Convolution(window: SpatialWindow()), [x, w1, b1], name: "conv1")[0]
            let r = try graph.add(Relu(), [y], name: "relu")[0]
            let others = try seeded.tensor(.f32, [4, 6, 1, 1, 1]).array(Float.self)
            let w2 = graph.addConstant("w2", try Tensor(others.enumerated().map { $1 / [0.01, 0.1, 1, 10, 100, 1][$0 % 6] }, shape: [4, 6, 1, 1, 1]))
            return try graph.add(Convolution(window: SpatialWindow()), [r, w2], name: "conv2", outputNames: ["y"])[0]
        }
    }

    @Test func theNetworkStaysTheSame() throws {
        let graph = try Self.graph()
        var equalization = ChannelEqualization(graph)
        let result = try equalization.run()
        #expect(equalization.channelCount == 6)
        #expect(try ReductionTests.decibels(graph, result) > 110)
        let before = try graph.constant(graph.value(named: "w1"))?.array(Float.self)
        let after = try result.constant(result.value(named: "w1"))?.array(Float.self)
        #expect(after != nil && after != before)
        // The graph it was given keeps its weights.
        #expect(try ReductionTests.decibels(Self.graph(), graph) == .infinity)
    }

    @Test func valuesRoundedByTensorGainFromIt() throws {
        let graph = try Self.graph()
        func decibels(_ equalizes: Bool) throws -> Double {
            try ReductionTests.decibels(graph, ReductionTests.reduced(graph, .int8) { $0.equalizes = equalizes }.graph)
        }
        #expect(try decibels(true) > decibels(false) + 3)
    }
}
