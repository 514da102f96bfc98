import Optimizer
import TestSupport
import Testing

/// Random networks through the whole pipeline, every patch held to its promise.
@Suite struct RandomGraphTests {
    /// A chain of blocks with branches and both layouts, as importers of channels-last graphs make them.
    private func randomNet(_ seed: UInt64) throws -> Net {
        var net = Net(seed: seed)
        let isFree = net.below(2) == 0
        let x = net.input([1, isFree ? .free("H") : 6, 5, 2])
        let last = Transpose(permutation: [0, 2, 3, 1])
        let first = Transpose(permutation: [0, 3, 1, 2])
        /// Values of this many channels, channels-last.
        var values: [(value: ValueID, channels: Int)] = [(x, 2)]
        for _ in 0..<8 {
            let (value, channels) = values[net.below(values.count)]
            switch net.below(9) {
            case 0, 1:
                let produced = 1 + net.below(4)
                let c = try net.convolution(net.add(first, value), channels, produced, bias: net.below(2) == 0)
                values.append((try net.add(last, c), produced))
            case 2:
                let c = try net.convolution(net.add(first, value), channels, channels)
                values.append((try net.add(last, net.batchNormalization(c, channels)), channels))
            case 3:
                let ops: [any Operator] = [Relu(), Sigmoid(), LeakyRelu(), Identity(), Tanh()]
                values.append((try net.add(ops[net.below(ops.count)], value), channels))
            case 4: values.append((try net.add(Multiply(), value, net.constant([channels])), channels))
            case 5: values.append((try net.add(Add(), net.constant([channels]), value), channels))
            case 6:
                let other = values[net.below(values.count)]
                if other.channels == channels { values.append((try net.add(Add(), value, other.value), channels)) }
            case 7:
                let other = values[net.below(values.count)]
                values.append((try net.add(Concat(axis: 3), value, other.value), channels + other.channels))
            default:
                let mean = try net.add(Sigmoid(), net.add(ReduceMean(), value, net.integers([1, 2])))
                values.append((try net.add(Multiply(), value, mean), channels))
            }
        }
        var outputs = [try net.add(Softmax(axis: 3), values[values.count - 1].value)]
        if net.below(3) == 0, values[values.count - 2].value != x { outputs.append(values[values.count - 2].value) }
        net.graph.setOutputs(outputs)
        return net
    }

    @Test(arguments: 1...60) func everyPatchKeepsItsPromise(seed: Int) throws {
        var net = try randomNet(UInt64(seed))
        let (graph, report) = try net.apply(Pipeline.standard.passes)
        #expect(report.sweeps < 6)
        var again = graph
        #expect(try again.optimize().patchCount == 0, "not a fixed point")
        #expect(again.dump() == graph.dump())
        var other = net.graph
        try other.optimize()
        #expect(other.dump() == graph.dump())
    }

    @Test(arguments: [3, 7]) func everyPrefixOfThePatchesIsRight(seed: Int) throws {
        let net = try randomNet(UInt64(seed))
        var whole = net.graph
        let count = try whole.optimize().patchCount
        for limit in 0...count {
            var graph = net.graph
            #expect(try graph.optimize(options: OptimizationOptions(stopAfter: limit)).patchCount == limit)
            try graph.verify()
        }
    }

    /// A pass that breaks its word is found, by name.
    @Test func aBrokenPromiseIsNamed() throws {
        var net = Net()
        let y = try net.batchNormalization(net.convolution(net.input([1, 2, 4, 4]), 2, 2), 2)
        net.graph.setOutputs([y])
        let x = try net.random([1, 2, 4, 4])
        // An evaluation whose results change from one graph to the next.
        let check = EquivalenceCheck(inputs: ["x": x]) { (graph, inputs) throws(OsteonError) in
            var results = try graph.evaluateReference(inputs)
            if graph.nodeCount == 1 {
                for (name, tensor) in results { results[name] = try Add().evaluate([tensor, Tensor([0.01] as [Float])])[0] }
            }
            return results
        }
        let error = #expect(throws: OsteonError.self) {
            try net.graph.optimize(options: OptimizationOptions(check: check))
        }
        #expect(error?.code == .verificationFailed)
        #expect(error?.description.contains("fold-batch-normalization") == true)
        #expect(error?.description.contains("folded into conv") == true)
        #expect(net.graph.nodeCount == 2)
    }
}
