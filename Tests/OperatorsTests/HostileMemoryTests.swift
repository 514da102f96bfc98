import Bytes
import TestSupport
import Testing

/// Operators asked for more than the memory budget holds: an error that says so, before anything is taken.
@Suite struct HostileMemoryTests {
    struct Attempt: Sendable, CustomStringConvertible {
        var op: any Operator
        var inputs: [Sample?]

        init(_ op: any Operator, _ inputs: [Sample?]) {
            self.op = op
            self.inputs = inputs
        }

        var description: String { type(of: op).id }
    }

    private static let many = 1 << 22
    private static let x = Sample.f32([1, 2, 3, 4], [1, 1, 2, 2])

    /// Some 16 MB each.
    static let large: [Attempt] = [
        Attempt(ConstantOfShape(), [.i64([many])]),
        Attempt(Expand(), [x, .i64([many / 4, 1, 2, 2])]),
        Attempt(Tile(), [x, .i64([1, 1, 1, many / 4])]),
        Attempt(NumericRange(), [.i64([0], []), .i64([many], []), .i64([1], [])]),
        Attempt(Pad(), [x, .i64([0, 0, 0, 0, 0, 0, 0, many])]),
        Attempt(Resize(), [x, nil, nil, .i64([1, 1, 2048, 2048])]),
        Attempt(Resize(mode: .linear), [x, nil, .f32([1, 1, 1024, 1024])]),
        Attempt(OneHot(), [.i64([0]), .i64([many]), .f32([0, 1])]),
        Attempt(Convolution(window: SpatialWindow(pads: [1 << 11, 1 << 11, 1 << 11, 1 << 11])), [x, .f32([1], [1, 1, 1, 1])]),
        Attempt(
            TransposedConvolution(window: SpatialWindow(strides: [many, 1])), [x, .f32([1], [1, 1, 1, 1])]),
        Attempt(Gather(), [.f32([1, 2], [1, 2]), .i64(Array(repeating: 0, count: 1 << 20))]),
        Attempt(CenterCropPad(), [x, .i64([1, 1, 2048, 2048])]),
        Attempt(RNN(), [.f32([], [0, many, 1]), .f32([1], [1, 1, 1]), .f32([1], [1, 1, 1])]),
    ]

    @Test(arguments: large)
    func isRefused(_ attempt: Attempt) throws {
        var inputs: [Tensor?] = []
        for input in attempt.inputs { inputs.append(try input?.tensor()) }
        let given = inputs
        #expect(
            errorCode {
                try MemoryBudget(limit: 4 << 20).with { () throws(OsteonError) in _ = try attempt.op.evaluate(given) }
            } == .limitExceeded)
    }

    /// What's taken is given back.
    @Test func nothingStaysTaken() throws {
        let budget = MemoryBudget(limit: 8 << 20)
        try budget.with { () throws(OsteonError) in
            for _ in 0..<10 { _ = try ConstantOfShape().evaluate([Tensor([Int64(1 << 20)])]) }
        }
        #expect(budget.used == 0)
    }
}
