import Optimizer
import TestSupport
import Testing

/// Batch normalisation, scales, bias and activations into what's before them.
@Suite struct FoldingTests {
    static let fold = ["fold-batch-normalization", "fold-scales", "fuse-bias"]

    @Test(arguments: [1, 2, 4], [true, false]) func normalizationIntoConvolution(groups: Int, bias: Bool) throws {
        var net = Net()
        let x = net.input([1, 4, 5, 5])
        let y = try net.batchNormalization(net.convolution(x, 4, 8, groups: groups, bias: bias), 8)
        let (graph, report) = try net.apply(Self.fold, outputs: y)
        #expect(graph.operators == ["Convolution"])
        #expect(report.count("fold-batch-normalization") == 1)
        #expect(report.explanations[0].reason == "folded into conv")
        #expect(graph.first(Convolution.self)?.node.name == "conv")
        #expect(graph.value(named: "w") != nil)
    }

    @Test(arguments: [1, 2, 4], [true, false]) func normalizationIntoTransposedConvolution(groups: Int, bias: Bool) throws {
        var net = Net()
        let x = net.input([1, 4, 3, 3])
        let op = TransposedConvolution(window: SpatialWindow(strides: [2, 2]), groups: groups)
        let b = bias ? try net.constant([2 * groups]) : nil
        let y = try net.add(op, x, net.constant([4, 2, 2, 2]), b, name: "up")
        let (graph, _) = try net.apply(Self.fold, outputs: try net.batchNormalization(y, 2 * groups))
        #expect(graph.operators == ["TransposedConvolution"])
    }

    @Test(arguments: [true, false], [true, false]) func normalizationIntoGemm(transposeB: Bool, bias: Bool) throws {
        var net = Net()
        let x = net.input([3, 4])
        let b = bias ? try net.constant([1, 5]) : nil
        let op = Gemm(alpha: 0.5, beta: 2, transposeB: transposeB)
        let y = try net.add(op, x, net.constant(transposeB ? [5, 4] : [4, 5]), b)
        let (graph, _) = try net.apply(Self.fold, outputs: try net.batchNormalization(y, 5))
        #expect(graph.operators == ["Gemm"])
    }

    @Test func scalesAndShiftsOfAnyChannelShape() throws {
        for shape in [[1, 4, 1, 1], [4, 1, 1], [1], []] {
            var net = Net()
            let x = net.input([2, 3, 4, 4])
            var y = try net.convolution(x, 3, 4, bias: shape.isEmpty)
            y = try net.add(Multiply(), net.constant(shape), y)
            y = try net.add(Add(), y, net.constant(shape))
            y = try net.add(Divide(), y, net.constant(shape, from: 1, to: 2))
            y = try net.add(Subtract(), y, net.constant(shape))
            let (graph, report) = try net.apply(Self.fold, outputs: y)
            #expect(graph.operators == ["Convolution"], "\(shape)")
            #expect(report.patchCount == 4)
        }
    }

    @Test func scalesIntoNormalizations() throws {
        for op in [InstanceNormalization(), GroupNormalization(groups: 2)] as [any Operator] {
            var net = Net()
            let x = net.input([2, 4, 3, 3])
            var y = try net.add(op, x, net.constant([4]), net.constant([4]))
            y = try net.add(Add(), net.add(Multiply(), y, net.constant([4, 1, 1])), net.constant([4, 1, 1]))
            #expect(try net.apply(Self.fold, outputs: y).graph.operators == [type(of: op).id])
        }
    }

    @Test func leavesWhatOthersRead() throws {
        var net = Net()
        let c = try net.convolution(net.input([1, 4, 5, 5]), 4, 4)
        let y = try net.batchNormalization(c, 4)
        let z = try net.add(Relu(), c)
        let (graph, report) = try net.apply(Self.fold, outputs: y, z)
        #expect(graph.operators.count == 3)
        #expect(report.declined.map { $0.reason } == ["conv has other readers"])
    }

    @Test func leavesGraphOutputs() throws {
        var net = Net()
        let c = try net.convolution(net.input([1, 4, 5, 5]), 4, 4)
        let y = try net.add(Multiply(), c, net.constant([4, 1, 1]))
        #expect(try net.apply(Self.fold, outputs: c, y).report.patchCount == 0)
    }

    @Test func leavesOtherAxesAndShapes() throws {
        // Along the width, over all places, of more axes than the value, constant minus value, not constant.
        for shape in [[5], [4, 5, 5], [1, 1, 4, 1, 1]] {
            var net = Net()
            let c = try net.convolution(net.input([1, 4, 5, 5]), 4, 4)
            let y = try net.add(Multiply(), c, net.constant(shape))
            #expect(try net.apply(Self.fold, outputs: y).report.patchCount == 0, "\(shape)")
        }
        var net = Net()
        let x = net.input([1, 4, 5, 5])
        let scale = net.input([4, 1, 1], name: "s")
        let c = try net.convolution(x, 4, 4)
        let y = try net.add(Subtract(), net.constant([4, 1, 1]), net.add(Multiply(), c, scale))
        #expect(try net.apply(Self.fold, outputs: y).report.patchCount == 0)
    }

    @Test func leavesNormalizationAfterActivation() throws {
        var net = Net()
        let window = SpatialWindow()
        let c = try net.add(Convolution(window: window), net.input([1, 2, 5, 5]), net.constant([2, 2, 3, 3]), nil)
        #expect(try net.apply(Self.fold, outputs: net.batchNormalization(net.add(Relu(), c), 2)).report.patchCount == 0)
    }

    @Test func sharedWeightsStayForTheOther() throws {
        var net = Net()
        let x = net.input([1, 2, 5, 5])
        let w = try net.constant([2, 2, 3, 3], name: "w")
        let a = try net.add(Convolution(), x, w, nil, name: "a")
        let b = try net.add(Convolution(), x, w, nil, name: "b")
        let y = try net.batchNormalization(a, 2)
        let (graph, _) = try net.apply(Self.fold, outputs: y, b)
        #expect(graph.operators == ["Convolution", "Convolution"])
    }

    @Test func simplifiesActivations() throws {
        var net = Net()
        var y = try net.add(PRelu(), net.input([1, 2, 4, 4]), net.floats([0.2], shape: [1, 1, 1, 1]))
        y = try net.add(Clip(), net.add(Subtract(), y, net.floats([0.25])), net.floats([0], shape: []))
        y = try net.add(Maximum(), net.add(Subtract(), y, net.floats([0.25])), net.floats([0]))
        let (graph, _) = try net.apply(["simplify-activations"], outputs: y)
        #expect(graph.operators == ["LeakyRelu", "Subtract", "Relu", "Subtract", "Relu"])
        #expect(graph.first(LeakyRelu.self)?.op.alpha == Double(Float(0.2)))
        var other = Net()
        let z = try other.add(PRelu(), other.input([1, 2, 4, 4]), other.constant([2, 1, 1]))
        #expect(try other.apply(["simplify-activations"], outputs: z).report.patchCount == 0)
    }

    @Test func otherBoundsStay() throws {
        let cases: [(inout Net, ValueID) throws -> ValueID] = [
            { net, x in try net.add(Clip(), x, net.floats([0.25], shape: [])) },
            { net, x in try net.add(Clip(), x, net.floats([0], shape: []), net.floats([1], shape: [])) },
            { net, x in try net.add(Clip(), x, nil, net.floats([0], shape: [])) },
            { net, x in try net.add(Maximum(), x, net.floats([0.5])) },
            { net, x in try net.add(Maximum(), x, net.floats([0, 0, 0, 0])) },
        ]
        for make in cases {
            var net = Net()
            let y = try make(&net, net.input([2, 4]))
            #expect(try net.apply(["simplify-activations"], outputs: y).report.patchCount == 0)
        }
    }

    @Test func matrixProductAndBias() throws {
        var net = Net()
        let product = try net.add(MatMul(), net.input([3, 4]), net.constant([4, 5]))
        let (graph, _) = try net.apply(["fuse-gemm", "fuse-bias"], outputs: try net.add(Add(), product, net.constant([5])))
        #expect(graph.operators == ["Gemm"])
        // Stacked matrices aren't a Gemm; a constant that widens the result isn't a bias.
        var stacked = Net()
        let many = try stacked.add(MatMul(), stacked.input([2, 3, 4]), stacked.constant([4, 5]))
        #expect(try stacked.apply(["fuse-gemm"], outputs: stacked.add(Add(), many, stacked.constant([5]))).report.patchCount == 0)
        var wide = Net()
        let row = try wide.add(MatMul(), wide.input([1, 4]), wide.constant([4, 5]))
        #expect(try wide.apply(["fuse-gemm"], outputs: wide.add(Add(), row, wide.constant([3, 5]))).report.patchCount == 0)
    }

    @Test func mergesConstants() throws {
        var net = Net()
        var y = net.input([2, 3])
        y = try net.add(Subtract(), net.add(Add(), y, net.constant([3])), net.constant([1]))
        y = try net.add(Divide(), net.add(Multiply(), y, net.constant([3])), net.constant([3], from: 1, to: 2))
        #expect(try net.apply(["merge-constants"], outputs: y).graph.operators == ["Add", "Multiply"])
        // A column and a row would make a matrix: larger than the two.
        var wide = Net()
        let z = try wide.add(Add(), wide.add(Add(), wide.input([8, 8]), wide.constant([8, 1])), wide.constant([1, 8]))
        #expect(try wide.apply(["merge-constants"], outputs: z).report.patchCount == 0)
    }
}
