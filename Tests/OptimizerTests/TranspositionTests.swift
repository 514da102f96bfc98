import Optimizer
import TestSupport
import Testing

@Suite struct TranspositionTests {
    static let push = ["eliminate-common-subexpressions", "push-transpositions"]
    static let last = [0, 2, 3, 1], first = [0, 3, 1, 2]

    /// `body` between a convolution's channels-last result and one that takes channels-last input: all cancels.
    private func between(_ body: (inout Net, ValueID) throws -> ValueID, produces channels: Int = 4) throws -> Graph {
        var net = Net()
        let x = net.input([1, 2, 5, 6])
        let c = try net.convolution(x, 2, 4)
        let y = try body(&net, net.add(Transpose(permutation: Self.last), c))
        let back = try net.add(Transpose(permutation: Self.first), y)
        return try net.apply(Self.push, outputs: net.convolution(back, channels, 2)).graph
    }

    @Test func movesPastOneInput() throws {
        let cases: [(inout Net, ValueID) throws -> ValueID] = [
            { net, x in try net.add(Relu(), x) },
            { net, x in try net.add(Add(), x, net.constant([4])) },
            { net, x in try net.add(Multiply(), net.constant([6, 4]), x) },
            { net, x in try net.add(Subtract(), net.floats([2], shape: []), x) },
            { net, x in try net.add(PRelu(), x, net.constant([4])) },
            { net, x in try net.add(Clip(), x, net.floats([0], shape: []), net.floats([1], shape: [])) },
            { net, x in try net.add(Softmax(axis: -1), x) },
            { net, x in try net.add(LogSoftmax(axis: 1), x) },
            { net, x in try net.add(Pad(), x, net.integers([0, 1, 2, 0, 0, 3, 0, 0])) },
            { net, x in try net.add(Pad(), x, net.integers([1, 2]), nil, net.integers([-2])) },
            { net, x in try net.add(Slice(), x, net.integers([1, 0]), net.integers([4, 5]), net.integers([1, 2])) },
            { net, x in try net.add(Slice(), x, net.integers([0, 1]), net.integers([1, 4])) },
            { net, x in try net.add(Tile(), x, net.integers([1, 2, 1, 1])) },
            { net, x in try net.add(Resize(), x, nil, net.floats([1, 2, 3, 1])) },
            { net, x in try net.add(Resize(), x, nil, nil, net.integers([1, 7, 8, 4])) },
            { net, x in try net.add(ReduceMean(), x, net.integers([1, 2])) },
            { net, x in try net.add(Cast(elementType: .f32), net.add(Cast(elementType: .f64), x)) },
            { net, x in try net.add(Multiply(), x, net.add(Sigmoid(), net.add(ReduceMean(), x, net.integers([1, 2])))) },
            { net, x in try net.add(Add(), net.add(Relu(), x), x) },
        ]
        for (index, body) in cases.enumerated() {
            let graph = try between(body)
            #expect(!graph.operators.contains("Transpose"), "case \(index): \(graph.dump())")
        }
    }

    @Test func joinsAndParts() throws {
        let joined = try between({ net, x in try net.add(Concat(axis: -1), x, net.add(Relu(), x)) }, produces: 8)
        #expect(!joined.operators.contains("Transpose"))
        let parted = try between(
            { net, x in
                let parts = try net.graph.add(Split(axis: 3, count: 2), [x], outputNames: ["p", "q"])
                return try net.add(Multiply(), parts[0], parts[1])
            }, produces: 2)
        #expect(!parted.operators.contains("Transpose"))
    }

    @Test func residualOfTheInput() throws {
        // The input is channels-last, the convolution takes it transposed: that transposition serves the sum too.
        var net = Net()
        let x = net.input([1, 5, 6, 4])
        let y = try net.add(Transpose(permutation: Self.last), net.convolution(net.add(Transpose(permutation: Self.first), x), 4, 4))
        let back = try net.add(Transpose(permutation: Self.first), net.add(Add(), x, y))
        let (graph, _) = try net.apply(Self.push, outputs: try net.convolution(back, 4, 2))
        #expect(graph.operators == ["Transpose", "Convolution", "Add", "Convolution"])
    }

    @Test func ranksThatChange() throws {
        let cases: [(inout Net, ValueID) throws -> ValueID] = [
            { net, x in try net.add(ReduceMean(keepDimensions: false), x, net.integers([1, 2])) },
            { net, x in try net.add(ReduceMaximum(keepDimensions: false), x, net.integers([1, -1])) },
            { net, x in try net.add(ReduceSum(keepDimensions: false), x) },
            { net, x in try net.add(ArgMax(axis: -1, keepDimensions: false), x) },
            { net, x in try net.add(ArgMax(axis: 1), x) },
            { net, x in try net.add(Squeeze(), x, net.integers([0])) },
            { net, x in try net.add(Unsqueeze(), x, net.integers([1, -1])) },
        ]
        for (index, body) in cases.enumerated() {
            var net = Net()
            let c = try net.convolution(net.input([1, 2, 5, 6]), 2, 4)
            let y = try body(&net, net.add(Transpose(permutation: Self.last), c))
            let (graph, report) = try net.apply(Self.push, outputs: y)
            #expect(report.patchCount == 1, "case \(index)")
            #expect(graph.operators[1] != "Transpose", "case \(index)")
        }
    }

    @Test func merges() throws {
        var net = Net()
        var y = net.input([2, 3, 4])
        for permutation in [[1, 2, 0], [2, 1, 0], []] { y = try net.add(Transpose(permutation: permutation), y) }
        let (graph, _) = try net.apply(Self.push, outputs: try net.add(Relu(), y))
        #expect(graph.operators == ["Relu", "Transpose"])
    }

    @Test func staysWhereItServesMany() throws {
        // Both the logits and what's made of them go out channels-last: one transposition does for both.
        var net = Net()
        let c = try net.convolution(net.input([1, 2, 5, 6]), 2, 4)
        let logits = try net.add(Transpose(permutation: Self.last), c, name: "logits")
        let (graph, report) = try net.apply(Self.push, outputs: logits, try net.add(Softmax(axis: -1), logits))
        #expect(report.patchCount == 0)
        #expect(graph.operators == ["Convolution", "Transpose", "Softmax"])
    }

    @Test func staysBeforeOtherOperands() throws {
        var net = Net()
        let c = try net.convolution(net.input([1, 2, 5, 6]), 2, 4)
        let other = net.input([1, 5, 6, 4], name: "other")
        let y = try net.add(Add(), net.add(Transpose(permutation: Self.last), c), other)
        let (_, report) = try net.apply(Self.push, outputs: y)
        #expect(report.patchCount == 0)
        #expect(report.declined.map { $0.reason } == ["operand other isn't transposed"])
    }

    @Test func trivialOnesBecomeReshapes() throws {
        var net = Net()
        let x = net.input([.free("N"), 4, 5, 1])
        let y = try net.add(Relu(), net.add(Transpose(permutation: Self.first), x))
        #expect(try net.apply(["lower-trivial-transpositions"], outputs: y).graph.operators == ["Reshape", "Relu"])
        for shape in [[2, 4, 5, 2], [1, 4, 5, 2], [.free("N"), .free("H"), .free("W"), 1]] as [[Dimension]] {
            var other = Net()
            let z = try other.add(Transpose(permutation: Self.first), other.input(shape))
            #expect(try other.apply(["lower-trivial-transpositions"], outputs: z).report.patchCount == 0)
        }
    }
}
