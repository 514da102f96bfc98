import Optimizer
import TestSupport
import Testing

/// Normalisations as TensorFlow spells them: scale and shift multiplied out, groups by shapes computed in the graph.
@Suite struct SpelledNormalizationTests {
    private struct Moments {
        var mean: ValueID, inverse: ValueID
    }

    private func moments(_ net: inout Net, _ x: ValueID, _ axes: [Int]) throws -> Moments {
        let mean = try net.add(ReduceMean(), x, net.integers(axes))
        let difference = try net.add(Subtract(), x, mean)
        let variance = try net.add(ReduceMean(), net.add(Multiply(), difference, difference), net.integers(axes))
        let sum = try net.add(Add(), variance, net.floats([1e-3], shape: []))
        return Moments(mean: mean, inverse: try net.add(Reciprocal(), net.add(Sqrt(), sum)))
    }

    /// x · (r · γ) + (β − m · (r · γ)), as `tf.nn.batch_normalization` does.
    private func multipliedOut(_ net: inout Net, _ x: ValueID, _ m: Moments, _ shape: [Int], wrong: Bool = false) throws -> ValueID {
        let factor = try net.add(Multiply(), m.inverse, net.constant(shape))
        let centre = try net.add(Multiply(), m.mean, wrong ? m.inverse : factor)
        return try net.add(Add(), net.add(Multiply(), x, factor), net.add(Subtract(), net.constant(shape), centre))
    }

    @Test func instanceNormalizationMultipliedOut() throws {
        var net = Net()
        let x = net.input([2, 3, .free("H"), 5])
        let y = try multipliedOut(&net, x, moments(&net, x, [2, 3]), [1, 3, 1, 1])
        let (graph, _) = try net.apply(["eliminate-common-subexpressions", "recognize-normalization"], outputs: y)
        #expect(graph.operators == ["InstanceNormalization"])
    }

    @Test func layerNormalizationMultipliedOut() throws {
        var net = Net()
        let x = net.input([2, 3, 8])
        let y = try multipliedOut(&net, x, moments(&net, x, [-1]), [8])
        let (graph, _) = try net.apply(["eliminate-common-subexpressions", "recognize-normalization"], outputs: y)
        #expect(graph.operators == ["LayerNormalization"])
        #expect(graph.first(LayerNormalization.self)?.node.inputs.count == 3)
    }

    @Test func anotherCentreStays() throws {
        var net = Net()
        let x = net.input([2, 3, 4, 5])
        let y = try multipliedOut(&net, x, moments(&net, x, [2, 3]), [1, 3, 1, 1], wrong: true)
        #expect(try net.apply(["recognize-normalization"], outputs: y).report.patchCount == 0)
    }

    @Test func anotherVariableThanTheMeansStays() throws {
        var net = Net()
        let x = net.input([2, 3, 4, 5])
        let other = net.input([2, 3, 4, 5], name: "other")
        let y = try multipliedOut(&net, other, moments(&net, x, [2, 3]), [1, 3, 1, 1])
        #expect(try net.apply(["recognize-normalization"], outputs: y).report.patchCount == 0)
    }

    private func extents(_ net: inout Net, _ shape: ValueID, _ axes: [Int]) throws -> [ValueID] {
        try axes.map { try net.add(Gather(axis: 0), shape, net.integers([$0])) }
    }

    /// A group normalisation of 6 channels in 2 groups with free extents.
    private func grouped(
        _ net: inout Net, _ x: ValueID, affineInside: Bool, order: [Int] = [0, 1, 2], factorShape: [Int] = [1, 2, 3, 1, 1]
    ) throws -> ValueID {
        let shape = try net.add(ShapeOf(), x)
        let all = try extents(&net, shape, [0, 2, 3])
        let target = try net.add(Concat(axis: 0), all[0], net.integers([2, 3]), all[1], all[2])
        let y = try net.add(Reshape(), x, target)
        let m = try moments(&net, y, [2, 3, 4])
        let normal: ValueID
        if affineInside {
            normal = try multipliedOut(&net, y, m, factorShape)
        } else {
            normal = try net.add(Multiply(), net.add(Subtract(), y, m.mean), m.inverse)
        }
        let back = try net.add(Concat(axis: 0), all[order[0]], net.integers([6]), all[order[1]], all[order[2]])
        return try net.add(Reshape(), normal, back)
    }

    private let passes = [
        "eliminate-common-subexpressions", "recognize-group-normalization", "recognize-normalization", "fold-scales", "fuse-bias",
    ]

    @Test(arguments: [false, true]) func groupNormalizationWithFreeExtents(affineInside: Bool) throws {
        var net = Net()
        let x = net.input([.free("N"), 6, .free("H"), .free("W")])
        var y = try grouped(&net, x, affineInside: affineInside)
        if !affineInside { y = try net.add(Add(), net.add(Multiply(), y, net.constant([1, 6, 1, 1])), net.constant([1, 6, 1, 1])) }
        let (graph, _) = try net.apply(passes, outputs: y)
        #expect(graph.operators == ["GroupNormalization"])
        #expect(graph.first(GroupNormalization.self)?.op.groups == 2)
    }

    @Test func groupsThatEndInAnotherShapeStay() throws {
        var net = Net()
        let x = net.input([.free("N"), 6, .free("H"), .free("W")])
        let y = try grouped(&net, x, affineInside: false, order: [0, 2, 1])
        let (graph, _) = try net.apply(passes, outputs: y)
        #expect(graph.operators.contains("InstanceNormalization") && !graph.operators.contains("GroupNormalization"))
    }

    @Test func factorsAlongOtherAxesStay() throws {
        var net = Net()
        let x = net.input([2, 6, 4, 5])
        let y = try grouped(&net, x, affineInside: true, factorShape: [1, 2, 3, 4, 1])
        let (graph, _) = try net.apply(["fold-constants", "fold-shapes"] + passes, outputs: y)
        #expect(!graph.operators.contains("GroupNormalization"))
    }

    @Test func batchNormalizationStepByStep() throws {
        var net = Net()
        let x = net.input([2, 3, .free("H"), 5])
        let centred = try net.add(Subtract(), x, net.constant([1, 3, 1, 1]))
        let scaled = try net.add(
            Divide(), net.add(Multiply(), centred, net.constant([3, 1, 1])), net.constant([1, 3, 1, 1], from: 1, to: 2))
        let y = try net.add(Subtract(), net.constant([1, 3, 1, 1]), scaled)
        let (graph, report) = try net.apply(["recognize-batch-normalization"], outputs: y)
        #expect(graph.operators == ["BatchNormalization"])
        #expect(report.patchCount == 1)
    }

    @Test func aSingleStepOrSharedOnesStay() throws {
        let cases: [(inout Net, ValueID) throws -> ValueID] = [
            { net, x in try net.add(Multiply(), x, net.constant([3, 1, 1])) },
            { net, x in try net.add(Add(), net.add(Multiply(), x, net.floats([2])), net.floats([3])) },
            { net, x in
                let scaled = try net.add(Multiply(), x, net.constant([3, 1, 1]))
                return try net.add(Multiply(), scaled, net.add(Add(), scaled, net.constant([3, 1, 1])))
            },
            { net, x in try net.add(Add(), net.add(Multiply(), x, net.constant([3, 1, 1])), net.constant([5])) },
        ]
        for make in cases {
            var net = Net()
            let y = try make(&net, net.input([2, 3, 4, 5]))
            #expect(try net.apply(["recognize-batch-normalization"], outputs: y).report.patchCount == 0)
        }
    }
}
