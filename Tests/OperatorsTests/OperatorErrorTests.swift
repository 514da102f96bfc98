import TestSupport
import Testing

/// What operators refuse, by a typed error and never by a trap.
@Suite struct OperatorErrorTests {
    struct Refusal: Sendable, CustomStringConvertible {
        var description: String
        var op: any Operator
        var inputs: [Sample?]
        var code: OsteonError.Code
    }

    private static let pair = Sample.f32([1, 2])
    private static let flags = Sample.bool([true, false])

    static let refusals: [Refusal] = [
        Refusal(description: "shapes that don't broadcast", op: Add(), inputs: [pair, .f32([1, 2, 3])], code: .invalidGraph),
        Refusal(description: "two element types", op: Add(), inputs: [pair, .i32([1, 2])], code: .invalidGraph),
        Refusal(description: "comparison of two types", op: Less(), inputs: [pair, .f64([1, 2])], code: .invalidGraph),
        Refusal(description: "logic on numbers", op: And(), inputs: [pair, pair], code: .invalidGraph),
        Refusal(description: "negation of numbers", op: Not(), inputs: [pair], code: .invalidGraph),
        Refusal(description: "a condition of numbers", op: Where(), inputs: [pair, pair, pair], code: .invalidGraph),
        Refusal(description: "branches of two types", op: Where(), inputs: [flags, pair, .i32([1, 2])], code: .invalidGraph),
        Refusal(description: "a slope of higher rank", op: PRelu(), inputs: [pair, .f32([1, 2], [2, 1])], code: .invalidGraph),
        Refusal(description: "a bound that's no scalar", op: Clip(), inputs: [pair, pair], code: .invalidGraph),
        Refusal(description: "a bound of another type", op: Clip(), inputs: [pair, .scalar(.i32, 1)], code: .invalidGraph),
        Refusal(description: "softmax beyond the rank", op: Softmax(axis: 1), inputs: [pair], code: .invalidGraph),
        Refusal(description: "softmax of a scalar", op: Softmax(), inputs: [.scalar(.f32, 1)], code: .invalidGraph),
        Refusal(description: "the least axis", op: Softmax(axis: .min), inputs: [pair], code: .invalidGraph),
        Refusal(description: "reduction beyond the rank", op: ReduceSum(), inputs: [pair, .i64([1])], code: .invalidGraph),
        Refusal(description: "an axis given twice", op: ReduceSum(), inputs: [pair, .i64([0, -1])], code: .invalidGraph),
        Refusal(description: "a place outside the axis", op: Gather(axis: 0), inputs: [pair, .i64([0, 2])], code: .invalidGraph),
        Refusal(description: "a place before the axis", op: GatherND(), inputs: [pair, .i64([-3], [1, 1])], code: .invalidGraph),
        Refusal(description: "extreme of nothing", op: ArgMax(), inputs: [.f32([], [0])], code: .invalidGraph),
        Refusal(description: "running sum beyond the rank", op: CumSum(), inputs: [pair, .i64([3])], code: .invalidGraph),
        Refusal(
            description: "scale of other channels", op: InstanceNormalization(),
            inputs: [.full(.f32, [1, 2, 3], 1), .f32([1]), .f32([1])], code: .invalidGraph),
        Refusal(
            description: "groups that don't divide", op: GroupNormalization(groups: 2),
            inputs: [.full(.f32, [1, 3, 2], 1), .f32([1, 1, 1]), .f32([0, 0, 0])], code: .invalidGraph),
        Refusal(
            description: "no groups", op: GroupNormalization(groups: 0),
            inputs: [.full(.f32, [1, 2, 2], 1), .f32([1, 1]), .f32([0, 0])], code: .invalidGraph),
        Refusal(description: "channels without a batch", op: LocalResponseNormalization(size: 3), inputs: [pair], code: .invalidGraph),
        Refusal(
            description: "no channels to sum", op: LocalResponseNormalization(size: 0),
            inputs: [.full(.f32, [1, 2], 1)], code: .invalidGraph),
        Refusal(description: "a norm of order 3", op: LpNormalization(p: 3), inputs: [pair], code: .unsupported),
        Refusal(
            description: "quantizing to i32", op: QuantizeLinear(elementType: .i32),
            inputs: [pair, .scalar(.f32, 1)], code: .unsupported),
        Refusal(
            description: "scales that don't fit the axis", op: QuantizeLinear(axis: 0),
            inputs: [pair, .f32([1, 2, 3])], code: .invalidGraph),
        Refusal(
            description: "an axis that isn't there", op: QuantizeLinear(axis: 1),
            inputs: [pair, .f32([1, 2])], code: .invalidGraph),
        Refusal(
            description: "blocks that don't fit", op: QuantizeLinear(axis: 0, blockSize: 2),
            inputs: [pair, .f32([1, 2])], code: .invalidGraph),
        Refusal(
            description: "a block size below 0", op: QuantizeLinear(axis: 0, blockSize: -1),
            inputs: [pair, .f32([1, 2])], code: .invalidGraph),
        Refusal(description: "dequantizing i64", op: DequantizeLinear(), inputs: [.i64([1]), .f32([1])], code: .unsupported),
        Refusal(
            description: "a zero point of another type", op: DequantizeLinear(),
            inputs: [.u8([1]), .f32([1]), .i8([1])], code: .invalidGraph),
    ]

    @Test(arguments: refusals)
    func evaluationRefuses(_ refusal: Refusal) throws {
        var inputs: [Tensor?] = []
        for input in refusal.inputs { inputs.append(try input?.tensor()) }
        let error = #expect(throws: OsteonError.self) { try refusal.op.evaluate(inputs) }
        #expect(error?.code == refusal.code)
    }

    @Test(arguments: refusals)
    func inferenceRefuses(_ refusal: Refusal) throws {
        var inputs: [Tensor?] = []
        for input in refusal.inputs { inputs.append(try input?.tensor()) }
        let context = InferenceContext(inputs: inputs.map { $0?.type }, constants: inputs)
        let error = #expect(throws: OsteonError.self) { try refusal.op.inferTypes(context) }
        #expect(error?.code == refusal.code)
    }
}
