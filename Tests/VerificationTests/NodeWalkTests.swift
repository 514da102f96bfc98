import Engine
import TestSupport
import Testing
import Verification

/// A float network and what might be made of it, with every value under one name in both.
private struct Pair {
    /// x ─ conv ─ relu ─┬─ conv2 ─ sum ─ softmax
    ///                  └───────────┘
    static func graph(weight scale: Float = 1, rounded: Bool = false, between: String = "conv") throws -> Graph {
        var graph = Graph(name: "net")
        let x = graph.addInput("x", TensorType(.f32, [.fixed(1), .fixed(2), .free("H"), .free("W")]))
        var seeded = SeededInput(seed: 5)
        let w1 = graph.addConstant("w1", try seeded.tensor(.f32, [3, 2, 3, 3]))
        let w2 = graph.addConstant("w2", try Self.scaled(seeded.tensor(.f32, [3, 3, 3, 3]), scale))
        let window = SpatialWindow(pads: [1, 1, 1, 1])
        var y = try graph.add(Convolution(window: window), [x, w1], name: "conv", outputNames: [between])[0]
        y = try graph.add(Relu(), [y], name: "relu", outputNames: [rounded ? "relu_exact" : "relu"])[0]
        if rounded {
            let step = graph.addConstant("step", try Tensor(scalar: Float(0.25)))
            let q = try graph.add(QuantizeLinear(), [y, step], name: "quantize", outputNames: ["codes"])[0]
            y = try graph.add(DequantizeLinear(), [q, step], name: "dequantize", outputNames: ["relu"])[0]
        }
        let z = try graph.add(Convolution(window: window), [y, w2], name: "conv2", outputNames: ["conv2"])[0]
        let sum = try graph.add(Add(), [z, y], name: "add", outputNames: ["sum"])[0]
        graph.setOutputs(try graph.add(Softmax(axis: 1), [sum], name: "softmax", outputNames: ["probability"]))
        return graph
    }

    private static func scaled(_ tensor: Tensor, _ scale: Float) throws -> Tensor {
        try Tensor(tensor.array(Float.self).map { $0 * scale }, shape: tensor.shape)
    }

    static func input(_ seed: UInt64 = 1) throws -> [String: Tensor] {
        var seeded = SeededInput(seed: seed)
        return ["x": try seeded.tensor(.f32, [1, 2, 6, 7])]
    }

    static func report(_ reference: Graph, _ candidate: Graph, _ mode: NodeWalk.Mode) throws -> NodeWalkReport {
        let walk = try NodeWalk(reference: reference, candidate: candidate, shapes: ["x": [1, 2, 6, 7]], mode: mode)
        return try NodeWalkReport(walk, inputs: input(), tolerance: Tolerance(relativeToMaximum: 1e-5))
    }
}

@Suite struct NodeWalkTests {
    @Test(arguments: NodeWalk.Mode.allCases)
    func equalGraphsHaveNoError(_ mode: NodeWalk.Mode) throws {
        let report = try Pair.report(Pair.graph(), Pair.graph(), mode)
        #expect(report.steps.map(\.value) == ["relu", "conv2", "sum", "probability"])
        #expect(report.steps.allSatisfy { $0.comparison.maximumAbsoluteError == 0 && $0.passed })
        #expect(report.steps[0].operators == "Convolution, Relu")
    }

    /// A file's convolution that had its activation as an attribute has another name for what lies between.
    @Test func aValueThatOneOfThemNamesOtherwiseIsLeftOut() throws {
        let report = try Pair.report(Pair.graph(), Pair.graph(between: "relu.before_relu"), .reinjecting)
        #expect(report.steps.map(\.value) == ["relu", "conv2", "sum", "probability"])
        #expect(report.steps[0].segment.map(\.node) == ["conv", "relu"])
        #expect(report.firstFailure == nil)
    }

    @Test func reinjectingBlamesOneSegmentCumulativeAllBehindIt() throws {
        let wrong = try Pair.graph(weight: 1.25)
        let own = try Pair.report(Pair.graph(), wrong, .reinjecting)
        #expect(own.steps.filter { !$0.passed }.map(\.value) == ["conv2"])
        #expect(own.firstFailure?.segment.map(\.node) == ["conv2"])
        let gathered = try Pair.report(Pair.graph(), wrong, .cumulative)
        #expect(gathered.steps.filter { !$0.passed }.map(\.value) == ["conv2", "sum", "probability"])
    }

    @Test func whatAnInt8LayerRoundsIsItsOwnError() throws {
        let report = try Pair.report(Pair.graph(), Pair.graph(rounded: true), .reinjecting)
        #expect(report.steps.map(\.value) == ["relu", "conv2", "sum", "probability"])
        let relu = try #require(report.steps.first)
        #expect(relu.segment.map(\.op) == ["Convolution", "Relu", "QuantizeLinear", "DequantizeLinear"])
        // Half a step of 0.25, where nothing saturates.
        #expect(relu.comparison.maximumAbsoluteError > 0.1)
        #expect(report.steps.dropFirst().allSatisfy { $0.passed })
        let gathered = try Pair.report(Pair.graph(), Pair.graph(rounded: true), .cumulative)
        #expect(gathered.steps.map(\.value) == report.steps.map(\.value))
        #expect(gathered.steps.allSatisfy { !$0.passed })
    }

    @Test(arguments: NodeWalk.Mode.allCases)
    func samplesReuseTheWalk(_ mode: NodeWalk.Mode) throws {
        let walk = try NodeWalk(reference: Pair.graph(), candidate: Pair.graph(rounded: true), shapes: ["x": [1, 2, 6, 7]], mode: mode)
        var errors: [[Double]] = []
        for seed: UInt64 in [1, 2, 1] {
            errors.append(
                try NodeWalkReport(walk, inputs: Pair.input(seed), tolerance: Tolerance(relativeToMaximum: 1)).steps.map(
                    \.comparison.meanAbsoluteError))
        }
        #expect(errors[0] == errors[2])
        #expect(errors[0] != errors[1])
        #expect(walk.segments.map(\.value) == ["relu", "conv2", "sum", "probability"])
    }

    @Test func tensorsAreThoseOfAPlainRun() throws {
        let graph = try Pair.graph()
        let inputs = try Pair.input()
        var plain: [String: Tensor] = [:]
        let session = try Session(Plan.make(graph: graph, inputShapes: ["x": [1, 2, 6, 7]]))
        _ = try session.run(inputs, onTensor: { (name, tensor) throws(OsteonError) in plain[name] = try tensor.copied() })
        let walk = try NodeWalk(reference: graph, candidate: graph, shapes: ["x": [1, 2, 6, 7]])
        try walk.run(inputs) { (visit) throws(OsteonError) in
            #expect(plain[visit.segment.value]?.isIdentical(to: visit.reference) == true)
            #expect(visit.reference.isIdentical(to: visit.candidate))
        }
    }

    /// The candidate needs `b` for `a`, which the reference computes before `b`.
    @Test func aSegmentWaitsForWhatItReads() throws {
        func graph(swapped: Bool) throws -> Graph {
            var graph = Graph(name: "order")
            let x = graph.addInput("x", TensorType(.f32, fixed: [4]))
            let a: ValueID
            let b: ValueID
            let other: ValueID
            if swapped {
                b = try graph.add(Abs(), [x], name: "b")[0]
                a = try graph.add(Negate(), [b], name: "a")[0]
                other = try graph.add(Ceil(), [x], name: "other")[0]
            } else {
                let n = try graph.add(Abs(), [x], name: "n")[0]
                a = try graph.add(Negate(), [n], name: "a")[0]
                other = try graph.add(Ceil(), [x], name: "other")[0]
                b = try graph.add(Abs(), [x], name: "b")[0]
            }
            graph.setOutputs(try graph.add(Add(), [a, b], name: "y") + [other])
            return graph
        }
        for mode in NodeWalk.Mode.allCases {
            let walk = try NodeWalk(reference: graph(swapped: false), candidate: graph(swapped: true), shapes: ["x": [4]], mode: mode)
            // What's ready isn't kept waiting.
            #expect(walk.segments.map(\.value) == (mode == .reinjecting ? ["other", "a", "b", "y"] : ["a", "other", "b", "y"]))
            let report = try NodeWalkReport(walk, inputs: ["x": Tensor([-1, 2, -3, 4] as [Float])], tolerance: .exact)
            #expect(report.firstFailure == nil)
            #expect(report.steps.map(\.value) == walk.segments.map(\.value))
        }
    }

    @Test func otherTypesAndShapesAreNoted() throws {
        func graph(_ type: ElementType, channels: Int) throws -> Graph {
            var graph = Graph(name: "types")
            let x = graph.addInput("x", TensorType(.f32, fixed: [1, 4]))
            let half = try graph.add(Cast(elementType: type), [x], name: "half")[0]
            let back = try graph.add(Cast(elementType: .f32), [half], name: "back")[0]
            let shape = graph.addConstant("shape", try Tensor([Int64(channels), Int64(4 / channels)]))
            let view = try graph.add(Reshape(), [back, shape], name: "view")[0]
            let flat = graph.addConstant("flat", try Tensor([Int64(4)]))
            graph.setOutputs(try graph.add(Reshape(), [view, flat], name: "y"))
            return graph
        }
        let walk = try NodeWalk(reference: graph(.f32, channels: 2), candidate: graph(.f16, channels: 4), shapes: ["x": [1, 4]])
        #expect(walk.segments.map(\.value) == ["half", "back", "y"])
        #expect(walk.notes.count == 1)
        let report = try NodeWalkReport(
            walk, inputs: ["x": Tensor([0.1, 2, 3, 4] as [Float], shape: [1, 4])], tolerance: Tolerance(relativeToMaximum: 1e-3))
        #expect(report.firstFailure == nil)
        #expect(report.steps[0].comparison.maximumAbsoluteError > 0)
        // What is fed is rounded to the type the candidate takes.
        #expect(report.steps[1].comparison.maximumAbsoluteError == report.steps[0].comparison.maximumAbsoluteError)
    }

    @Test func nothingInCommonIsAnError() throws {
        func graph(_ name: String) throws -> Graph {
            var graph = Graph(name: name)
            let x = graph.addInput("x", TensorType(.f32, fixed: [4]))
            graph.setOutputs(try graph.add(Abs(), [x], name: name))
            return graph
        }
        let error = #expect(throws: OsteonError.self) {
            try NodeWalk(reference: graph("a"), candidate: graph("b"), shapes: ["x": [4]])
        }
        #expect(error?.code == .usage)
    }
}
