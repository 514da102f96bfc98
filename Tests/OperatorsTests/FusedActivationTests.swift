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

    @Test func appliesToABufferInPlace() {
        var values: [Double] = [-2, 3]
        values.withUnsafeMutableBufferPointer { FusedActivation.relu.apply(to: $0) }
        #expect(values == [0, 3])
    }

    @Test(arguments: FusedActivation.Kind.allCases)
    func attributesRoundTrip(_ kind: FusedActivation.Kind) throws {
        var activation = FusedActivation(kind, alpha: 0.25, beta: -2)
        var collector = AttributeCollector()
        try activation.visitAttributes(&collector)
        #expect(collector.values.map { $0.name } == ["activation", "activation_alpha", "activation_beta"])
        var again = FusedActivation()
        var assigner = AttributeAssigner(Dictionary(uniqueKeysWithValues: collector.values.map { ($0.name, $0.value) }))
        try again.visitAttributes(&assigner)
        try assigner.finish()
        #expect(again == activation)
    }
}
