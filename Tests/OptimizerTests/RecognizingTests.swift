import Optimizer
import TestSupport
import Testing

@Suite struct RecognizingTests {
    @Test func activations() throws {
        let half = Float(0.5)
        let root = Float(2).squareRoot()
        let cases: [(String, (inout Net, ValueID) throws -> ValueID)] = [
            ("Swish", { net, x in try net.add(Multiply(), net.add(Sigmoid(), x), x) }),
            ("Mish", { net, x in try net.add(Multiply(), x, net.add(Tanh(), net.add(Softplus(), x))) }),
            ("HardSwish", { net, x in try net.add(Multiply(), x, net.add(HardSigmoid(alpha: 1 / 6, beta: 0.5), x)) }),
            (
                "Gelu",
                { net, x in
                    let erf = try net.add(
                        Add(), net.add(Erf(), net.add(Divide(), x, net.floats([root], shape: []))), net.floats([1], shape: []))
                    return try net.add(Multiply(), net.add(Multiply(), x, erf), net.floats([half], shape: []))
                }
            ),
            (
                "Gelu",
                { net, x in
                    let erf = try net.add(Add(), net.floats([1]), net.add(Erf(), net.add(Multiply(), x, net.floats([1 / root]))))
                    return try net.add(Multiply(), net.add(Multiply(), x, net.floats([half])), erf)
                }
            ),
        ]
        for (name, make) in cases {
            var net = Net()
            let y = try make(&net, net.input([2, 8]))
            #expect(try net.apply(["recognize-activations"], outputs: y).graph.operators == [name])
        }
    }

    @Test func otherProductsStay() throws {
        let cases: [(inout Net, ValueID) throws -> ValueID] = [
            { net, x in try net.add(Multiply(), net.add(Relu(), x), net.add(Sigmoid(), x)) },
            { net, x in try net.add(Multiply(), x, net.add(Tanh(), net.add(Sigmoid(), x))) },
            { net, x in try net.add(Multiply(), x, net.add(HardSigmoid(), x)) },
            { net, x in
                let erf = try net.add(Add(), net.add(Erf(), net.add(Divide(), x, net.floats([1.5]))), net.floats([1]))
                return try net.add(Multiply(), net.add(Multiply(), x, erf), net.floats([0.5]))
            },
        ]
        for make in cases {
            var net = Net()
            let y = try make(&net, net.input([2, 8]))
            #expect(try net.apply(["recognize-activations"], outputs: y).report.patchCount == 0)
        }
    }

    /// A normalisation over `axes` spelled out, in one of three forms.
    private func spelled(_ net: inout Net, _ x: ValueID, _ axes: [Int], form: Int, biased: [Int]? = nil) throws -> ValueID {
        let mean = try net.add(ReduceMean(), x, net.integers(axes))
        let centred = try net.add(Subtract(), x, mean)
        let square = form == 0 ? try net.add(Multiply(), centred, centred) : try net.add(Power(), centred, net.floats([2], shape: []))
        let variance = try net.add(ReduceMean(), square, net.integers(biased ?? axes))
        let deviation = try net.add(Sqrt(), net.add(Add(), variance, net.floats([1e-3], shape: [])))
        switch form {
        case 0: return try net.add(Divide(), centred, deviation)
        case 1: return try net.add(Multiply(), centred, net.add(Reciprocal(), deviation))
        default: return try net.add(Multiply(), net.add(Divide(), net.floats([1]), deviation), centred)
        }
    }

    @Test(arguments: 0...2) func instanceNormalization(form: Int) throws {
        var net = Net()
        let y = try spelled(&net, net.input([2, 3, 4, 5]), [3, 2], form: form)
        let z = try net.add(Add(), net.add(Multiply(), y, net.constant([3, 1, 1])), net.constant([3, 1, 1]))
        let (graph, _) = try net.apply(["recognize-normalization", "fold-scales", "fuse-bias"], outputs: z)
        #expect(graph.operators == ["InstanceNormalization"])
        #expect(graph.first(InstanceNormalization.self)?.op.epsilon == Double(Float(1e-3)))
    }

    @Test(arguments: 0...2) func layerNormalization(form: Int) throws {
        var net = Net()
        let y = try spelled(&net, net.input([2, 3, 8]), [-1], form: form)
        let z = try net.add(Add(), net.add(Multiply(), y, net.constant([8])), net.constant([8]))
        let (graph, _) = try net.apply(["recognize-normalization", "fold-scales", "fuse-bias"], outputs: z)
        #expect(graph.operators == ["LayerNormalization"])
    }

    @Test func otherMeansStay() throws {
        for (axes, biased) in [([1, 2], nil), ([2, 3], [3]), ([0, 2, 3], nil)] as [([Int], [Int]?)] {
            var net = Net()
            let y = try spelled(&net, net.input([2, 3, 4, 5]), axes, form: 0, biased: biased)
            #expect(try net.apply(["recognize-normalization"], outputs: y).report.patchCount == 0)
        }
    }

    @Test func stridedSlices() throws {
        let cases: [(StridedSlice, [Int], [Int], [Int], [String])] = [
            (StridedSlice(beginMask: 1, endMask: 1), [0, 1], [0, 3], [1, 1], ["Slice"]),
            (StridedSlice(beginMask: 0, shrinkAxisMask: 2), [0, -1], [2, 0], [1, 1], ["Slice", "Squeeze"]),
            (StridedSlice(beginMask: 0, ellipsisMask: 1, shrinkAxisMask: 2), [0, 2], [0, 3], [1, 1], ["Slice", "Squeeze"]),
            (StridedSlice(beginMask: 5, endMask: 5, newAxisMask: 2), [0, 0, 0], [0, 0, 0], [1, 1, -1], ["Slice", "Unsqueeze"]),
            (StridedSlice(beginMask: 4, endMask: 4, ellipsisMask: 1, newAxisMask: 2), [0, 0, 0], [0, 0, 0], [1, 1, 1], ["Unsqueeze"]),
            (
                StridedSlice(beginMask: 0, newAxisMask: 1, shrinkAxisMask: 2), [0, -2, 3], [0, 0, 0], [1, 1, -2],
                ["Slice", "Squeeze", "Unsqueeze"]
            ),
        ]
        for (op, begin, end, strides, expected) in cases {
            var net = Net()
            let y = try net.add(op, net.input([2, 3, 4]), net.integers(begin), net.integers(end), net.integers(strides))
            let (graph, _) = try net.apply(["lower-strided-slices"], outputs: y)
            #expect(graph.operators == expected, "\(op)")
        }
    }
}
