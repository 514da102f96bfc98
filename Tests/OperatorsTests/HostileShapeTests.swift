import TestSupport
import Testing

/// Shapes and places no honest file has: every one is a typed error, none a trap or an endless loop.
@Suite struct HostileShapeTests {
    struct Attempt: Sendable, CustomStringConvertible {
        var name: String
        var op: any Operator
        var inputs: [Sample?]

        init(_ name: String, _ op: any Operator, _ inputs: [Sample?]) {
            self.name = name
            self.op = op
            self.inputs = inputs
        }

        var description: String { "\(type(of: op).id) \(name)" }
    }

    private static let huge = 1 << 62
    private static let x = Sample.f32([1, 2, 3, 4], [2, 2])
    private static let image = Sample.f32([1, 2, 3, 4], [1, 1, 2, 2])

    static let refused: [Attempt] = [
        Attempt("to a huge shape", Reshape(), [x, .i64([huge, huge])]),
        Attempt("to a negative extent", Reshape(), [x, .i64([-4, -1])]),
        Attempt("with two open places", Reshape(), [x, .i64([-1, -1])]),
        Attempt("that doesn't divide", Reshape(), [x, .i64([3, -1])]),
        Attempt("by a huge number", Tile(), [x, .i64([1 << 60, 1 << 60])]),
        Attempt("to a huge shape", Expand(), [x, .i64([1 << 60, 2, 2])]),
        Attempt("of a huge depth", OneHot(), [.i64([0, 1]), .i64([1 << 61]), .f32([0, 1])]),
        Attempt("of a negative depth", OneHot(), [.i64([0, 1]), .i64([-1]), .f32([0, 1])]),
        Attempt("huge", ConstantOfShape(), [.i64([1 << 40, 1 << 20])]),
        Attempt("without end", NumericRange(), [.i64([0], []), .i64([Int.max], []), .i64([1], [])]),
        Attempt("from one end to the other", NumericRange(), [.i64([Int.min], []), .i64([Int.max], []), .i64([1], [])]),
        Attempt("without a step", NumericRange(), [.f32([0], []), .f32([1], []), .f32([0], [])]),
        Attempt("of NaN", NumericRange(), [.f32([0], []), .f32([.infinity], []), .f32([1], [])]),
        Attempt("by huge pads", Pad(), [x, .i64([huge, 0, huge, 0])]),
        Attempt("of more than there is", Pad(), [x, .i64([-1, 0, -2, 0])]),
        Attempt("outside", Gather(), [x, .i64([2])]),
        Attempt("far outside", Gather(), [x, .i64([Int.min])]),
        Attempt("outside", GatherElements(), [x, .i64([0, -3], [1, 2])]),
        Attempt("outside", GatherND(), [x, .i64([0, 2], [1, 2])]),
        Attempt("outside", ScatterElements(), [x, .i64([5], [1, 1]), .f32([1], [1, 1])]),
        Attempt("outside", ScatterND(), [x, .i64([-3], [1, 1]), .f32([1, 1], [1, 2])]),
        Attempt("of a step of 0", Slice(), [x, .i64([0]), .i64([1]), .i64([0]), .i64([0])]),
        Attempt("of an axis twice", Slice(), [x, .i64([0, 0]), .i64([1, 1]), .i64([0, -2])]),
        Attempt("of too many", TopK(), [x, .i64([3])]),
        Attempt("by huge sizes", Resize(), [image, nil, nil, .i64([1, 1, huge, huge])]),
        Attempt("by a huge scale", Resize(), [image, nil, .f32([1, 1, 1e30, 1])]),
        Attempt("by no scale", Resize(), [image, nil, .f32([1, 1, 0, .nan])]),
        Attempt("from nothing", Resize(), [.f32([], [1, 1, 0, 2]), nil, nil, .i64([1, 1, 2, 2])]),
        Attempt("larger than its input", Convolution(), [image, .f32(Array(repeating: 0, count: 9), [1, 1, 3, 3])]),
        Attempt(
            "of a huge dilation", Convolution(window: SpatialWindow(dilations: [Int.max, 1])), [image, .f32([1, 1], [1, 1, 2, 1])]),
        Attempt(
            "of huge pads", Convolution(window: SpatialWindow(pads: [huge, huge, huge, huge])), [image, .f32([1], [1, 1, 1, 1])]),
        Attempt("of fewer than no groups", Convolution(window: SpatialWindow(), groups: -1), [image, .f32([1], [1, 1, 1, 1])]),
        Attempt(
            "of groups that don't divide", Convolution(window: SpatialWindow(), groups: 0), [image, .f32([1, 1, 1, 1, 1], [1, 5, 1, 1])]),
        Attempt(
            "of a huge stride", TransposedConvolution(window: SpatialWindow(strides: [huge, huge])), [image, .f32([1], [1, 1, 1, 1])]),
        Attempt("of a kernel of 0", MaxPool(window: SpatialWindow(kernel: [0, 1])), [image]),
        Attempt("of a stride of 0", MaxPool(window: SpatialWindow(kernel: [1, 1], strides: [0, 1])), [image]),
        Attempt("of another image", RoiAlign(), [image, .f32([0, 0, 1, 1], [1, 4]), .i64([1])]),
        Attempt("of a huge region", RoiAlign(), [image, .f32([0, 0, 1e9, 1e9], [1, 4]), .i64([0])]),
        Attempt("of pieces that don't add up", Split(), [x, .i64([1, Int.max])]),
        Attempt("without an equation", Einsum(), [x]),
        Attempt("of a letter only in the output", Einsum(equation: "ij->ik"), [x]),
        Attempt("of more places than axes", StridedSlice(), [x, .i64([0, 0, 0]), .i64([1, 1, 1]), .i64([1, 1, 1])]),
    ]

    @Test(arguments: refused)
    func isRefused(_ attempt: Attempt) throws {
        var inputs: [Tensor?] = []
        for input in attempt.inputs { inputs.append(try input?.tensor()) }
        #expect(throws: OsteonError.self) { try attempt.op.evaluate(inputs) }
    }

    /// Tensors without elements may have extents whose product wraps.
    static let empty: [Attempt] = [
        Attempt("of nothing", Concat(axis: 2), [.f32([], [0, huge, huge]), .f32([], [0, huge, 1])]),
        Attempt("of nothing", Split(axis: 1), [.f32([], [0, huge, huge])]),
        Attempt("of nothing", Transpose(permutation: [0, 2, 1]), [.f32([], [0, huge, huge])]),
        Attempt("of nothing", Softmax(axis: 1), [.f32([], [0, huge, huge])]),
        Attempt("of nothing", Add(), [.f32([], [0, huge, huge]), .f32([1])]),
        Attempt("of nothing", Reverse(), [.f32([], [0, huge, huge]), .i64([1])]),
        Attempt("without channels", Convolution(), [.f32([], [1, 0, huge]), .f32([], [2, 0, huge - 1])]),
        Attempt("of infinity", GridSample(), [image, .f32([.infinity, .nan], [1, 1, 1, 2])]),
        Attempt("of infinity, mirrored", GridSample(mode: .cubic, padding: .reflection), [image, .f32([1e30, .nan], [1, 1, 1, 2])]),
        Attempt(
            "of a huge dilation without effect", MaxPool(window: SpatialWindow(kernel: [1, 1], dilations: [Int.max, Int.max])), [image]),
    ]

    @Test(arguments: empty)
    func passes(_ attempt: Attempt) throws {
        var inputs: [Tensor?] = []
        for input in attempt.inputs { inputs.append(try input?.tensor()) }
        _ = try attempt.op.evaluate(inputs)
    }
}
