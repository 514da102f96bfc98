import TestSupport
import Testing

@Suite struct RecurrentTests {
    private func types(_ op: any Operator, _ shapes: [[Dimension]?], outputs: Int = 1) throws -> [TensorType] {
        try op.inferTypes(InferenceContext(inputs: shapes.map { $0.map { TensorType(.f32, $0) } }, outputCount: outputs))
    }

    @Test func shapesFollowTheWeightsAndTheLayout() throws {
        let weights: [[Dimension]?] = [[2, 12, 5], [2, 12, 3]]
        let stepsFirst = LSTM(RecurrentSettings(direction: .bidirectional))
        let batchFirst = LSTM(RecurrentSettings(direction: .bidirectional, batchFirst: true))
        #expect(
            try types(stepsFirst, [[.free("T"), .free("N"), 5]] + weights, outputs: 3).map { $0.shape }
                == [[.free("T"), 2, .free("N"), 3], [2, .free("N"), 3], [2, .free("N"), 3]])
        #expect(
            try types(batchFirst, [[.free("N"), .free("T"), 5]] + weights, outputs: 2).map { $0.shape }
                == [[.free("N"), .free("T"), 2, 3], [.free("N"), 2, 3]])
    }

    @Test(
        arguments: [
            [[3, 2, 4], [1, 9, 5], [1, 9, 3]], [[3, 2, 5], [2, 9, 5], [1, 9, 3]], [[3, 2, 5], [1, 12, 5], [1, 9, 3]],
            [[3, 2, 5], [1, 9, 5], [1, 9, 3], [1, 9]], [[3, 2, 5], [1, 9, 5], [1, 9, 3], nil, [3]], [[3, 2], [1, 9, 5], [1, 9, 3]],
            [[3, 2, 5], [1, 9, 5], [1, 9, 3], nil, nil, [2, 1, 3]],
        ] as [[[Dimension]?]])
    func shapesThatDontFitAreRefused(_ shapes: [[Dimension]?]) throws {
        let code = errorCode { _ = try types(GRU(), shapes) }
        #expect(code == .invalidGraph)
    }

    @Test func settingsThatDontFitAreRefused() throws {
        let shapes: [[Dimension]?] = [[3, 2, 5], [1, 12, 5], [1, 12, 3]]
        let tooFew = errorCode { _ = try types(LSTM(RecurrentSettings(activations: [RecurrentActivation(.relu)])), shapes) }
        let negative = errorCode { _ = try types(LSTM(RecurrentSettings(clip: -1)), shapes) }
        #expect(tooFew == .invalidGraph)
        #expect(negative == .invalidGraph)
    }

    @Test func aSequenceLongerThanTheInputIsRefused() throws {
        let inputs = try [
            Tensor(zeros: .f32, [3, 1, 1]), Tensor(zeros: .f32, [1, 1, 1]), Tensor(zeros: .f32, [1, 1, 1]), nil, Tensor([Int32(4)]),
        ]
        let code = errorCode { _ = try RNN().evaluate(inputs, outputCount: 2) }
        #expect(code == .invalidGraph)
    }

    @Test(arguments: ["relu x", "relu 1 2 3", "", "nothing", "elu inf", "elu  1"])
    func activationsThatArentAreRefused(_ text: String) {
        let code = errorCode { _ = try OperatorCatalogue.make("RNN", ["activations": .strings([text])]) }
        #expect(code == .malformed)
    }

    @Test func nothingToDoIsDone() throws {
        let inputs = try [Tensor(zeros: .f32, [0, 2, 3]), Tensor(zeros: .f32, [1, 4, 3]), Tensor(zeros: .f32, [1, 4, 1])]
        let initial = try Tensor([Float(1), 2], shape: [1, 2, 1])
        let results = try LSTM().evaluate(inputs + [nil, nil, initial], outputCount: 3)
        #expect(results.map { $0.shape } == [[0, 1, 2, 1], [1, 2, 1], [1, 2, 1]])
        #expect(try results[1].doubles() == [1, 2])
    }
}
