import TestSupport
import Testing

@Suite struct FusedActivationTests {
    static let fusable: [any Operator] = [
        Relu(), LeakyRelu(alpha: 0.2), Elu(alpha: 1.5), Sigmoid(), Tanh(), HardSigmoid(alpha: 0.3, beta: 0.4), HardSwish(),
        Swish(alpha: 1.25), Softplus(), Mish(), Gelu(),
    ]
    /// `Clip` has a bound that isn't constant.
    static let notFusable: [any Operator] = [Softmax(), Clip(), Add(), Gelu(approximation: .tanh), PRelu()]

    @Test(arguments: fusable.indices)
    func doesWhatTheOperatorDoes(_ index: Int) throws {
        let op = Self.fusable[index]
        let activation = try #require(try InferenceContext(inputs: [TensorType(.f32, fixed: [64])]).fusedActivation(op))
        let x = try Sample.noise(.f32, [64], scale: 4).tensor()
        let wanted = try op.evaluate([x])[0].array(Float.self)
        #expect(try x.array(Float.self).map { activation.apply($0) } == wanted)
    }

    @Test(arguments: notFusable.indices)
    func refusesWhatItCannotDo(_ index: Int) throws {
        let use = InferenceContext(inputs: [TensorType(.f32, fixed: [64]), TensorType(.f32, [])], constants: [nil, nil])
        #expect(try use.fusedActivation(Self.notFusable[index]) == nil)
    }

    @Test func clipsBetweenItsBounds() {
        let activation = FusedActivation.clip(from: 0, to: 6)
        #expect([-1, 0, 3, 6, 9].map { activation.apply(Float($0)) } == [0, 0, 3, 6, 6])
        #expect(activation.apply(Float.nan).isNaN)
    }

    @Test func noneLeavesElementsAlone() {
        #expect([Float(-1.5), 2].map { FusedActivation.none.apply($0) } == [-1.5, 2])
    }

    /// An activation and what it's of can be one pass only where nobody else sees what lies between.
    @Test func standsBehindWhatItAloneReads() throws {
        var graph = Graph(name: "g")
        let x = graph.addInput("x", TensorType(.f32, fixed: [4]))
        let sum = try graph.add(Add(), [x, x], name: "sum")[0]
        let active = try graph.add(Relu(), [sum], name: "relu")[0]
        graph.setOutputs([active])
        #expect(try graph.activation(behind: sum, graph.consumers())?.function == .relu)
        #expect(try graph.activation(behind: active, graph.consumers())?.node == nil)
        graph.setOutputs([active, sum])
        #expect(try graph.activation(behind: sum, graph.consumers())?.node == nil)
        graph.setOutputs([try graph.add(Multiply(), [active, sum], name: "product")[0]])
        #expect(try graph.activation(behind: sum, graph.consumers())?.node == nil)
    }

    @Test func boundsThatAreComputedStandBehindNothing() throws {
        for isConstant in [true, false] {
            var graph = Graph(name: "g")
            let x = graph.addInput("x", TensorType(.f32, fixed: [4]))
            let sum = try graph.add(Add(), [x, x], name: "sum")[0]
            let bound =
                try isConstant ? graph.addConstant("low", Tensor(scalar: Float(1))) : graph.addInput("low", TensorType(.f32, fixed: []))
            graph.setOutputs(try graph.add(Clip(), [sum, bound], name: "clip"))
            let found = try graph.activation(behind: sum, graph.consumers())
            #expect(found?.function == (isConstant ? .clip(from: 1, to: .infinity) : nil))
        }
    }
}
