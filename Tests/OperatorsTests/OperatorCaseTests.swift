import TestSupport
import Testing

@Suite struct OperatorCaseTests {
    @Test(arguments: OperatorCases.all)
    func referenceGivesWhatIsExpected(_ sample: OperatorCase) throws {
        let results = try sample.op.evaluate(try sample.inputTensors(), outputCount: sample.expected.count)
        #expect(try sample.mismatches(in: results) == [])
    }

    /// With fixed inputs and known constants the inferred types are those of the results, or leave open what only the
    /// values decide.
    @Test(arguments: OperatorCases.all)
    func inferredTypesFitTheResults(_ sample: OperatorCase) throws {
        let inputs = try sample.inputTensors()
        let results = try sample.op.evaluate(inputs, outputCount: sample.expected.count)
        let types = try sample.op.inferTypes(
            InferenceContext(inputs: inputs.map { $0?.type }, constants: inputs, outputCount: results.count))
        try #require(types.count >= results.count)
        for (type, result) in zip(types, results) {
            #expect(fits(type, result), "\(type) was inferred, \(result.type) came")
        }
    }

    /// Unknown ranks and extents are never refused, and what's inferred from them still fits.
    @Test(arguments: OperatorCases.all)
    func inferenceCopesWithWhatIsNotKnown(_ sample: OperatorCase) throws {
        let inputs = try sample.inputTensors()
        let results = try sample.op.evaluate(inputs, outputCount: sample.expected.count)
        let unranked = inputs.map { $0.map { TensorType($0.elementType, nil) } }
        let unsized = inputs.map { $0.map { TensorType($0.elementType, Array(repeating: .unknown, count: $0.rank)) } }
        for (given, constants) in [(unranked, []), (unsized, []), (unranked, inputs), (unsized, inputs)] {
            let context = InferenceContext(inputs: given, constants: constants, outputCount: results.count)
            for (type, result) in zip(try sample.op.inferTypes(context), results) {
                #expect(fits(type, result), "\(type) was inferred, \(result.type) came")
            }
        }
    }

    @Test(arguments: OperatorCases.all)
    func graphOfOneNodeIsTyped(_ sample: OperatorCase) throws {
        for free in OperatorCase.FreeInputs.allCases {
            let graph = try sample.graph(free: free)
            #expect(graph.outputs.count == sample.expected.count)
        }
    }

    private func fits(_ type: TensorType, _ tensor: Tensor) -> Bool {
        guard type.elementType == tensor.elementType else { return false }
        guard let shape = type.shape else { return true }
        return shape.count == tensor.rank && zip(shape, tensor.shape).allSatisfy { $0.fixed == nil || $0.fixed == $1 }
    }
}
