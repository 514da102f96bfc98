import Optimizer
import TestSupport
import Testing

/// Constants, identities, reshapes, padding.
@Suite struct SimplifyingTests {
    @Test func foldsShapeArithmetic() throws {
        var net = Net()
        let x = net.input([2, 3, 4])
        let shape = try net.add(ShapeOf(), x)
        let tail = try net.add(Slice(), shape, net.integers([1]), net.integers([3]))
        let y = try net.add(Reshape(), x, net.add(Concat(axis: 0), net.integers([1, 2]), tail))
        let (graph, _) = try net.apply(["fold-constants"], outputs: y)
        #expect(graph.operators == ["Reshape"])
        #expect(graph.type(graph.outputs[0]) == TensorType(.f32, fixed: [1, 2, 3, 4]))
    }

    @Test func foldingKeepsTheFileSmall() throws {
        var net = Net()
        let x = net.input([200, 200])
        let c = try net.constant([200, 1])
        let wide = try net.add(Expand(), c, net.integers([200, 200]))
        let y = try net.add(Add(), x, wide)
        let (graph, report) = try net.apply(["fold-constants"], outputs: y)
        #expect(graph.operators == ["Expand", "Add"])
        #expect(report.declined.map { $0.reason } == ["its 160000 bytes would make the file bigger"])
        // A weight that's only transposed takes the place of the old one.
        var other = Net()
        let w = try other.add(Transpose(permutation: [1, 0]), other.constant([300, 200]))
        let z = try other.add(MatMul(), other.input([4, 200]), w)
        #expect(try other.apply(["fold-constants"], outputs: z).graph.operators == ["MatMul"])
    }

    @Test func keepsDequantizationOfWeights() throws {
        var net = Net()
        let q = net.graph.addConstant("q", try Tensor([1, -2, 3] as [Int8]))
        let w = try net.add(DequantizeLinear(), q, net.floats([0.5], shape: []))
        let y = try net.add(Add(), net.input([3]), w)
        #expect(try net.apply(["fold-constants"], outputs: y).report.patchCount == 0)
    }

    @Test func identitiesGo() throws {
        let cases: [(inout Net, ValueID) throws -> ValueID] = [
            { net, x in try net.add(Identity(), x) },
            { net, x in try net.add(Transpose(permutation: [0, 1, 2, 3]), x) },
            { net, x in try net.add(Reshape(), x, net.integers([0, 2, -1, 4])) },
            { net, x in try net.add(Cast(elementType: .f32), x) },
            { net, x in try net.add(Add(), x, net.floats([-0.0])) },
            { net, x in try net.add(Subtract(), x, net.floats([0])) },
            { net, x in try net.add(Multiply(), net.floats([1, 1, 1, 1]), x) },
            { net, x in try net.add(Divide(), x, net.floats([1])) },
            { net, x in try net.add(Concat(axis: 1), x) },
            { net, x in try net.add(Pad(), x, net.integers([0, 0, 0, 0, 0, 0, 0, 0])) },
            { net, x in try net.add(Slice(), x, net.integers([0, 0]), net.integers([Int.max, 4]), net.integers([2, -1])) },
            { net, x in try net.add(Tile(), x, net.integers([1, 1, 1, 1])) },
            { net, x in try net.add(Expand(), x, net.integers([1, 3, 1])) },
            { net, x in try net.add(Split(axis: 1, count: 1), x) },
            { net, x in try net.add(MaxPool(window: SpatialWindow(kernel: [1, 1], strides: [1, 1])), x) },
            { net, x in try net.add(Clip(), x) },
            { net, x in try net.add(Resize(), x, nil, net.floats([1, 1, 1, 1])) },
        ]
        for (index, make) in cases.enumerated() {
            var net = Net()
            let x = net.input([1, 2, 3, 4])
            let y = try net.add(Relu(), make(&net, net.add(LeakyRelu(), x)))
            let (graph, _) = try net.apply(["eliminate-identities"], outputs: y)
            #expect(graph.operators == ["LeakyRelu", "Relu"], "case \(index)")
        }
    }

    @Test func nearIdentitiesStay() throws {
        let cases: [(inout Net, ValueID) throws -> ValueID] = [
            { net, x in try net.add(Transpose(permutation: [0, 1, 3, 2]), x) },
            { net, x in try net.add(Reshape(), x, net.integers([1, 3, 2, 4])) },
            { net, x in try net.add(Add(), x, net.floats([0])) },
            { net, x in try net.add(Subtract(), x, net.floats([-0.0])) },
            { net, x in try net.add(Subtract(), net.floats([0]), x) },
            { net, x in try net.add(Divide(), net.floats([1]), x) },
            { net, x in try net.add(Multiply(), x, net.floats([1, 1, 1, 1, 1], shape: [5, 1, 1, 1, 1])) },
            { net, x in try net.add(Pad(), x, net.integers([0, 0, 0, 0, 0, 0, 0, 1])) },
            { net, x in try net.add(Slice(), x, net.integers([0]), net.integers([3]), net.integers([3])) },
            { net, x in try net.add(Slice(), x, net.integers([3]), net.integers([-9]), net.integers([3]), net.integers([-1])) },
            { net, x in try net.add(Tile(), x, net.integers([1, 2, 1, 1])) },
            { net, x in try net.add(Expand(), x, net.integers([2, 1, 1, 1])) },
            { net, x in try net.add(MaxPool(window: SpatialWindow(kernel: [1, 1], strides: [2, 1])), x) },
        ]
        for (index, make) in cases.enumerated() {
            var net = Net()
            let x = net.input([1, 2, 3, 4])
            let y = try net.add(Relu(), make(&net, net.add(LeakyRelu(), x)))
            #expect(try net.apply(["eliminate-identities"], outputs: y).report.patchCount == 0, "case \(index)")
        }
    }

    @Test func anIdentityBetweenInputAndOutputStays() throws {
        var net = Net()
        let x = net.input([2])
        let y = try net.add(Identity(), x, name: "y")
        #expect(try net.apply(["eliminate-identities"], outputs: y).graph.operators == ["Identity"])
        var other = Net()
        let r = try other.add(Relu(), other.input([2]))
        let z = try other.add(Identity(), r, name: "z")
        let (graph, _) = try other.apply(["eliminate-identities"], outputs: z)
        #expect(graph.operators == ["Relu"])
        #expect(graph[graph.outputs[0]].name == "z")
    }

    @Test func reshapesInARow() throws {
        var net = Net()
        let x = net.input([.free("N"), 2, 3, 4])
        let a = try net.add(Unsqueeze(), net.add(Reshape(), x, net.integers([0, 6, 4])), net.integers([1]))
        let (graph, _) = try net.apply(["simplify-reshapes"], outputs: try net.add(Flatten(), a))
        #expect(graph.operators == ["Reshape"])
        var other = Net()
        let y = other.input([.free("N"), 2, .free("D"), 4])
        let back = try other.add(Squeeze(), other.add(Unsqueeze(), y, other.integers([1])), other.integers([1]))
        #expect(try other.apply(["simplify-reshapes"], outputs: other.add(Relu(), back)).graph.operators == ["Relu"])
        // Two free extents out of place can't be written.
        var open = Net()
        let z = open.input([.free("N"), 2, .free("D"), .free("W")])
        let moved = try open.add(Unsqueeze(), open.add(Unsqueeze(), z, open.integers([1])), open.integers([1]))
        #expect(try open.apply(["simplify-reshapes"], outputs: moved).report.patchCount == 0)
    }

    @Test func paddingIntoConvolution() throws {
        var net = Net()
        let padded = try net.add(Pad(), net.input([1, 2, 4, 4]), net.integers([0, 0, 1, 2, 0, 0, 3, 0]))
        let y = try net.add(Convolution(window: SpatialWindow(pads: [1, 0, 0, 1])), padded, net.constant([2, 2, 3, 3]))
        let (graph, _) = try net.apply(["fold-padding"], outputs: y)
        #expect(graph.operators == ["Convolution"])
        #expect(graph.first(Convolution.self)?.op.window.pads == [2, 2, 3, 1])
    }

    @Test func paddingIntoPooling() throws {
        let window = SpatialWindow(kernel: [2, 2], strides: [2, 2])
        for (op, value, folds) in [
            (AveragePool(window: window), Float(0), true), (MaxPool(window: window), -.infinity, true),
            (MaxPool(window: window), 0, false), (AveragePool(window: window), 1, false),
        ] as [(any Operator, Float, Bool)] {
            var net = Net()
            let pads = try net.integers([1, 1, 1, 1])
            let axes = try net.integers([-2, -1])
            let padded = try net.add(Pad(), net.input([1, 2, 4, 4]), pads, net.floats([value], shape: []), axes)
            let (graph, _) = try net.apply(["fold-padding"], outputs: try net.add(op, padded))
            #expect((graph.nodeCount == 1) == folds, "\(op) over \(value)")
        }
    }

    @Test func paddingBehindATransposition() throws {
        var net = Net()
        let padded = try net.add(Pad(), net.input([1, 4, 5, 2]), net.integers([0, 1, 3, 0, 0, 2, 0, 0]))
        let y = try net.add(Convolution(), net.add(Transpose(permutation: [0, 3, 1, 2]), padded), net.constant([2, 2, 3, 3]))
        let (graph, _) = try net.apply(["fold-padding"], outputs: y)
        #expect(graph.operators == ["Transpose", "Convolution"])
        #expect(graph.first(Convolution.self)?.op.window.pads == [1, 3, 2, 0])
        // Padded channels can't go.
        var other = Net()
        let channels = try other.add(Pad(), other.input([1, 4, 5, 2]), other.integers([0, 0, 0, 1, 0, 0, 0, 0]))
        let z = try other.add(Convolution(), other.add(Transpose(permutation: [0, 3, 1, 2]), channels), other.constant([2, 3, 3, 3]))
        #expect(try other.apply(["fold-padding"], outputs: z).report.patchCount == 0)
    }

    @Test func paddingByZerosIntoAMaximum() throws {
        let cases: [(before: any Operator, pads: Int, folds: Bool)] = [(Relu(), 1, true), (Relu(), 3, false), (Tanh(), 1, false)]
        for (before, pads, folds) in cases {
            var net = Net()
            let padded = try net.add(Pad(), net.add(before, net.input([1, 2, 6, 6])), net.integers([0, 0, pads, 0, 0, 0, 0, pads]))
            let op = MaxPool(window: SpatialWindow(kernel: [3, 3], strides: [2, 2]))
            let (graph, _) = try net.apply(["fold-padding"], outputs: try net.add(op, padded))
            #expect((graph.operators == ["Relu", "MaxPool"]) == folds)
        }
    }

    @Test func paddingThatStays() throws {
        for (mode, pads, automatic) in [
            (Pad.Mode.reflect, [0, 0, 1, 1, 0, 0, 1, 1], AutoPadding.explicit), (.constant, [0, 1, 1, 1, 0, 0, 1, 1], .explicit),
            (.constant, [0, 0, -1, 1, 0, 0, 1, 1], .explicit), (.constant, [0, 0, 1, 1, 0, 0, 1, 1], .sameUpper),
        ] {
            var net = Net()
            let padded = try net.add(Pad(mode: mode), net.input([1, 2, 4, 4]), net.integers(pads))
            let channels = pads[1] + 2
            let op = Convolution(window: SpatialWindow(strides: [2, 2], autoPadding: automatic))
            let y = try net.add(op, padded, net.constant([2, channels, 3, 3]))
            #expect(try net.apply(["fold-padding"], outputs: y).report.patchCount == 0)
        }
    }

    @Test(arguments: [true, false]) func groupNormalizationSpelledOut(free: Bool) throws {
        var net = Net()
        let x = net.input(free ? [1, 4, .free("D"), 3] : [1, 4, 5, 3])
        let shape = try net.add(ShapeOf(), x)
        let grouped = try net.add(Reshape(), x, net.integers([0, 2, -1]))
        var y = try net.add(InstanceNormalization(), grouped, net.floats([1, 1]), net.floats([0, 0]), name: "norm")
        y = try net.add(Reshape(), y, shape)
        y = try net.add(Add(), net.add(Multiply(), y, net.constant([4, 1, 1])), net.constant([4, 1, 1]))
        let (graph, _) = try net.apply(
            ["fold-constants", "recognize-group-normalization", "fold-scales", "fuse-bias"], outputs: y)
        #expect(graph.operators == ["GroupNormalization"])
        #expect(graph.first(GroupNormalization.self)?.op.groups == 2)
    }

    @Test func otherReshapedNormalizationsStay() throws {
        // The batch goes into the groups; the shape afterwards is another.
        for (first, last) in [([2, 4, -1], [2, 4, 5, 3]), ([0, 2, -1], [2, 2, 10, 3])] {
            var net = Net()
            let x = net.input(first[0] == 2 ? [4, 2, 5, 3] : [2, 4, 5, 3])
            let grouped = try net.add(Reshape(), x, net.integers(first))
            let y = try net.add(
                InstanceNormalization(), grouped, net.constant([first[1]]), net.constant([first[1]]), name: "norm")
            let z = try net.add(Reshape(), y, net.integers(first[0] == 2 ? [4, 2, 5, 3] : last))
            #expect(try net.apply(["recognize-group-normalization"], outputs: z).report.patchCount == 0)
        }
    }
}

/// Shape arithmetic with free extents.
@Suite struct ShapeFoldingTests {
    @Test func reshapeByPartsOfAShape() throws {
        var net = Net()
        let x = net.input([.free("N"), 4, .free("D"), 3])
        let shape = try net.add(ShapeOf(), x)
        let batch = try net.add(
            Unsqueeze(), net.add(Gather(), shape, net.graph.addConstant("z", try Tensor(scalar: Int64(0)))), net.integers([0]))
        let width = try net.add(Slice(), shape, net.integers([-1]), net.integers([99]))
        let y = try net.add(Reshape(), x, net.add(Concat(), batch, net.integers([-1]), width))
        let (graph, report) = try net.apply(["fold-shapes"], outputs: y)
        #expect(graph.operators == ["Reshape"])
        #expect(report.explanations.map { $0.reason }.contains("to [0, -1, 3]"))
    }

    @Test func fixedPartsBecomeConstants() throws {
        var net = Net()
        let x = net.input([.free("N"), 4, .free("D"), 3])
        let channels = try net.add(Gather(), net.add(ShapeOf(), x), net.integers([1, -1]))
        #expect(try net.apply(["fold-shapes"], outputs: channels).graph.operators == [])
        var other = Net()
        let z = other.input([.free("N"), 4, .free("D"), 3])
        let free = try other.add(Gather(), other.add(ShapeOf(), z), other.integers([1, 2]))
        #expect(try other.apply(["fold-shapes"], outputs: free).report.patchCount == 0)
    }

    @Test func twoOpenExtentsStay() throws {
        var net = Net()
        let x = net.input([2, .free("D"), 3, .free("W")])
        let shape = try net.add(ShapeOf(), x)
        let swapped = try net.add(Gather(), shape, net.integers([0, 3, 1, 2]))
        let y = try net.add(Reshape(), x, swapped)
        #expect(try net.apply(["fold-shapes"], outputs: y).report.patchCount == 0)
    }
}
