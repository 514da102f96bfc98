import Bytes
import Contracts
import Imaging
import Tensors
import Testing

/// What users, contracts and post-processing say of an output, as one decision.
@Suite struct MaskDecisionTests {
    private static func output(_ activation: ImagingContract.Activation?) -> ImagingContract.Output {
        .init(name: "y", activation: activation)
    }

    @Test(
        arguments: [
            (nil, .softmax, 3, .argmax), (nil, .softmax, 1, nil), (nil, .sigmoid, 3, .threshold(0.5)),
            (nil, ImagingContract.Activation.none, 3, nil),
            (nil, nil, 3, nil), (.argmax, .sigmoid, 1, .argmax), (.threshold, .sigmoid, 1, .threshold(0.5)),
            (.threshold, .softmax, 2, .threshold(0.5)), (.threshold, ImagingContract.Activation.none, 2, .threshold(0)),
            (.threshold, nil, 2, .threshold(0)),
        ] as [(MaskChoice?, ImagingContract.Activation?, Int, MaskDecision?)])
    func aChoiceComesBeforeTheContract(
        _ choice: MaskChoice?, _ activation: ImagingContract.Activation?, _ channels: Int, _ expected: MaskDecision?
    ) {
        #expect(MaskDecision(Self.output(activation), channels: channels, choice: choice) == expected)
    }

    @Test func equalsAndThresholdsAreDecidedAsDocumented() throws {
        let values = try Tensor([0.5, 0.25, 0.5, 0.5, 0.75, 0.5] as [Float], shape: [2, 3, 1])
        func mask(_ decision: MaskDecision) throws -> [UInt8] { try decision.mask(of: values).array(UInt8.self) }
        #expect(try mask(.argmax) == [0, 1, 0])
        #expect(try mask(.threshold(0.5)) == [0, 0, 0, 0, 1, 0])
        #expect(try mask(.threshold(0.5, includesEqual: true)) == [1, 0, 1, 1, 1, 1])
        #expect(try MaskDecision.argmax.mask(of: values).shape == [1, 3, 1])
        let many = try Tensor(zeros: .f32, [257, 1, 1])
        #expect(throws: OsteonError.self) { try MaskDecision.argmax.mask(of: many) }
    }
}
