import Optimizer
import TestSupport
import Testing

/// Builds small graphs with seeded random constants, and applies passes to them with everything checked.
struct Net {
    var graph = Graph(name: "net")
    private var generator: SplitMix64

    init(seed: UInt64 = 1) { generator = SplitMix64(seed: seed) }

    mutating func bits() -> UInt64 { generator.next() }

    /// Below `count`.
    mutating func below(_ count: Int) -> Int { Int(bits() % UInt64(count)) }

    mutating func random(_ shape: [Int], from low: Float = -1, to high: Float = 1) throws -> Tensor {
        var values: [Float] = []
        for _ in 0..<shape.reduce(1, *) { values.append(low + (high - low) * Float(bits() >> 40) / Float(1 << 24)) }
        return try Tensor(values, shape: shape)
    }

    mutating func input(_ shape: [Dimension], name: String = "x") -> ValueID { graph.addInput(name, TensorType(.f32, shape)) }

    mutating func constant(_ shape: [Int], from low: Float = -1, to high: Float = 1, name: String = "c") throws -> ValueID {
        graph.addConstant(name, try random(shape, from: low, to: high))
    }

    mutating func floats(_ values: [Float], shape: [Int]? = nil) throws -> ValueID {
        graph.addConstant("f", try Tensor(values, shape: shape ?? [values.count]))
    }

    mutating func integers(_ values: [Int]) throws -> ValueID {
        graph.addConstant("i", try Tensor(values.map { Int64($0) }))
    }

    mutating func add(_ op: any Operator, _ inputs: ValueID?..., name: String = "") throws -> ValueID {
        try graph.add(op, inputs, name: name)[0]
    }

    /// A convolution of `channels` to `produced` over two axes, 3×3, with padding that keeps the extents.
    mutating func convolution(_ x: ValueID, _ channels: Int, _ produced: Int, groups: Int = 1, bias: Bool = true) throws -> ValueID {
        let weight = try constant([produced, channels / groups, 3, 3], name: "w")
        let op = Convolution(window: SpatialWindow(pads: [1, 1, 1, 1]), groups: groups)
        return try add(op, x, weight, bias ? try constant([produced], name: "b") : nil, name: "conv")
    }

    mutating func batchNormalization(_ x: ValueID, _ channels: Int) throws -> ValueID {
        try add(
            BatchNormalization(), x, constant([channels], from: 0.5, to: 2), constant([channels]), constant([channels]),
            constant([channels], from: 0.2, to: 2), name: "norm")
    }

    /// Names the outputs and applies `passes`, each patch checked against its promise.
    mutating func apply(_ passes: [String], outputs: ValueID...) throws -> (graph: Graph, report: OptimizationReport) {
        graph.setOutputs(outputs)
        return try apply(passes)
    }

    mutating func apply(_ passes: [String]) throws -> (graph: Graph, report: OptimizationReport) {
        var inputs: [String: Tensor] = [:]
        for input in graph.inputs {
            // Free extents are bound to a number that's unlike the fixed ones.
            let shape = (graph.type(input).shape ?? []).map { $0.fixed ?? 6 }
            inputs[graph[input].name] = try random(shape)
        }
        let check = EquivalenceCheck(inputs: inputs) { (graph, inputs) throws(OsteonError) in try graph.evaluateReference(inputs) }
        var optimized = graph
        let report = try optimized.optimize(Pipeline(passes), options: OptimizationOptions(check: check))
        try optimized.verify()
        #expect(!report.stoppedEarly)
        #expect(optimized.inputs.map { optimized[$0].name } == graph.inputs.map { graph[$0].name })
        #expect(optimized.outputs.map { optimized[$0].name } == graph.outputs.map { graph[$0].name })
        let before = try graph.evaluateReference(inputs)
        let after = try optimized.evaluateReference(inputs)
        for name in before.keys.sorted() {
            guard let a = before[name], let b = after[name] else { continue }
            #expect(try EquivalenceCheck.difference(a, b, .rounding(relative: 1e-4)) == nil, "\(name)")
        }
        return (optimized, report)
    }
}

extension Graph {
    /// The operators' ids in order of computation.
    var operators: [String] { ((try? topologicalOrder()) ?? []).map { Swift.type(of: self[$0].op).id } }

    /// The first node with an operator of this kind.
    func first<Op: Operator>(_: Op.Type) -> (node: Node, op: Op)? {
        for id in nodeIDs { if let op = self[id].op as? Op { return (self[id], op) } }
        return nil
    }
}
