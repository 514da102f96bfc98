import TestSupport
import Testing

/// What inference says about shapes with free and unknown extents.
@Suite struct FreeDimensionTests {
    struct Inference: Sendable, CustomStringConvertible {
        var name: String
        var op: any Operator
        var inputs: [TensorType?]
        var constants: [Int: Sample]
        var expected: [String]

        init(
            _ name: String, _ op: any Operator, _ inputs: [TensorType?], _ constants: [Int: Sample] = [:],
            gives expected: [String]
        ) {
            self.name = name
            self.op = op
            self.inputs = inputs
            self.constants = constants
            self.expected = expected
        }

        var description: String { "\(type(of: op).id) \(name)" }
    }

    private static let volume = TensorType(.f32, [1, 2, .free("D"), .free("H"), .free("W")])
    private static func weight(_ kernel: Int) -> TensorType { TensorType(.f32, [4, 2] + Array(repeating: .fixed(kernel), count: 3)) }
    private static func window(_ stride: Int, _ pad: Int, _ auto: AutoPadding = .explicit, kernel: [Int] = []) -> SpatialWindow {
        SpatialWindow(
            kernel: kernel, strides: Array(repeating: stride, count: 3), pads: Array(repeating: pad, count: 6), autoPadding: auto)
    }

    private static func list(_ count: Int) -> TensorType { TensorType(.i64, fixed: [count]) }

    static let convolutions: [Inference] = [
        Inference("of one place", Convolution(window: window(1, 0)), [volume, weight(1)], gives: ["f32[1×4×D×H×W]"]),
        Inference("padded to the same", Convolution(window: window(1, 1)), [volume, weight(3)], gives: ["f32[1×4×D×H×W]"]),
        Inference("padded less", Convolution(window: window(1, 0)), [volume, weight(3)], gives: ["f32[1×4×?×?×?]"]),
        Inference("in steps", Convolution(window: window(2, 1)), [volume, weight(3)], gives: ["f32[1×4×?×?×?]"]),
        Inference("as TensorFlow", Convolution(window: window(1, 0, .sameUpper)), [volume, weight(3)], gives: ["f32[1×4×D×H×W]"]),
        Inference(
            "dilated to the same",
            Convolution(window: SpatialWindow(dilations: [2, 2, 2], pads: Array(repeating: 2, count: 6))), [volume, weight(3)],
            gives: ["f32[1×4×D×H×W]"]),
        Inference("of unknown rank", Convolution(window: window(1, 1)), [TensorType(.f32, nil), weight(3)], gives: ["f32[?×4×?×?×?]"]),
        Inference("with an unknown weight", Convolution(), [volume, TensorType(.f32, nil)], gives: ["f32[1×?×?×?×?]"]),
        Inference("of nothing known", Convolution(), [TensorType(.f32, nil), TensorType(.f32, nil)], gives: ["f32[…]"]),
        Inference(
            "in steps", TransposedConvolution(window: window(2, 1), outputPadding: [1, 1, 1]),
            [volume, TensorType(.f32, [2, 4, 3, 3, 3])], gives: ["f32[1×4×?×?×?]"]),
        Inference(
            "to the same", TransposedConvolution(window: window(1, 1)), [volume, TensorType(.f32, [2, 4, 3, 3, 3])],
            gives: ["f32[1×4×D×H×W]"]),
        Inference(
            "to a shape given", TransposedConvolution(window: window(2, 0, .sameUpper), outputShape: [8, 9, 10]),
            [volume, TensorType(.f32, [2, 4, 3, 3, 3])], gives: ["f32[1×4×8×9×10]"]),
        Inference(
            "to a shape not known yet", TransposedConvolution(window: window(2, 0, .sameUpper), padsFromForward: true),
            [volume, TensorType(.f32, [2, 4, 3, 3, 3]), nil, list(3)], gives: ["f32[1×4×?×?×?]"]),
        Inference(
            "to the same", MaxPool(window: window(1, 1, kernel: [3, 3, 3])), [volume], gives: ["f32[1×2×D×H×W]", "i64[1×2×D×H×W]"]),
        Inference("in steps", AveragePool(window: window(2, 0, kernel: [2, 2, 2])), [volume], gives: ["f32[1×2×?×?×?]"]),
        Inference("over all", GlobalAveragePool(), [volume], gives: ["f32[1×2×1×1×1]"]),
    ]

    static let movements: [Inference] = [
        Inference("of channels", Concat(axis: 1), [volume, volume], gives: ["f32[1×4×D×H×W]"]),
        Inference("along a free axis", Concat(axis: 2), [volume, volume], gives: ["f32[1×2×?×H×W]"]),
        Inference("of an unknown rank", Concat(axis: 1), [volume, TensorType(.f32, nil)], gives: ["f32[1×?×D×H×W]"]),
        Inference("to a permutation", Transpose(permutation: [0, 2, 3, 4, 1]), [volume], gives: ["f32[1×D×H×W×2]"]),
        Inference(
            "whole", Slice(), [volume, list(1), list(1), list(1)],
            [1: .i64([0]), 2: .i64([Int.max]), 3: .i64([2])], gives: ["f32[1×2×D×H×W]"]),
        Inference(
            "of a free axis", Slice(), [volume, list(1), list(1), list(1)],
            [1: .i64([1]), 2: .i64([Int.max]), 3: .i64([2])], gives: ["f32[1×2×?×H×W]"]),
        Inference("at places not known", Slice(), [volume, list(1), list(1), list(1)], [3: .i64([1])], gives: ["f32[1×?×D×H×W]"]),
        Inference("at axes not known", Slice(), [volume, list(1), list(1), list(1)], gives: ["f32[?×?×?×?×?]"]),
        Inference("of channels", Pad(), [volume, list(10)], [1: .i64([0, 1, 0, 0, 0, 0, 1, 0, 0, 0])], gives: ["f32[1×4×D×H×W]"]),
        Inference("of a free axis", Pad(), [volume, list(10)], [1: .i64([0, 0, 1, 0, 0, 0, 0, 1, 0, 0])], gives: ["f32[1×2×?×H×W]"]),
        Inference("into two", Split(axis: 1), [volume], gives: ["f32[1×1×D×H×W]", "f32[1×1×D×H×W]"]),
        Inference("by places", Gather(axis: 1), [volume, TensorType(.i64, [])], gives: ["f32[1×D×H×W]"]),
        Inference("once", Tile(), [volume, list(5)], [1: .i64([1, 3, 1, 1, 2])], gives: ["f32[1×6×D×H×?]"]),
        Inference("of a free axis", Expand(), [volume, list(5)], [1: .i64([1, 2, 1, 1, 7])], gives: ["f32[1×2×D×H×7]"]),
        Inference("to a shape not known", Expand(), [volume, list(5)], gives: ["f32[?×2×?×?×?]"]),
    ]

    static let shapes: [Inference] = [
        Inference("keeps names", Reshape(), [volume, list(5)], [1: .i64([0, 2, 0, 0, 0])], gives: ["f32[1×2×D×H×W]"]),
        Inference(
            "cancels names", Reshape(), [TensorType(.f32, [.free("N"), 4, 8]), list(2)], [1: .i64([0, -1])], gives: ["f32[N×32]"]),
        Inference(
            "finds a name again", Reshape(), [TensorType(.f32, [.free("N"), 4, 8]), list(2)], [1: .i64([-1, 32])], gives: ["f32[N×32]"]),
        Inference(
            "divides no names", Reshape(), [TensorType(.f32, [.free("N"), 4, 8]), list(2)], [1: .i64([-1, 16])], gives: ["f32[?×16]"]),
        Inference("to a shape not known", Reshape(), [volume, list(2)], gives: ["f32[?×?]"]),
        Inference("of all but the batch", Flatten(), [TensorType(.f32, [.free("N"), 4, 8])], gives: ["f32[N×32]"]),
        Inference("of a free product", Flatten(), [volume], gives: ["f32[1×?]"]),
        Inference("of one axis", Squeeze(), [volume, list(1)], [1: .i64([0])], gives: ["f32[2×D×H×W]"]),
        Inference("of all single axes, some not known", Squeeze(), [volume], gives: ["f32[…]"]),
        Inference("of a new axis", Unsqueeze(), [volume, list(1)], [1: .i64([-1])], gives: ["f32[1×2×D×H×W×1]"]),
        Inference("of part of a shape", ShapeOf(start: 2), [volume], gives: ["i64[3]"]),
        Inference(
            "in every axis by 1 or more", Resize(mode: .linear), [volume, nil, TensorType(.f32, fixed: [5])],
            [2: .f32([1, 1, 1, 2, 2])], gives: ["f32[1×2×D×?×?]"]),
        Inference(
            "to sizes", Resize(mode: .linear, axes: [2, 3]), [volume, nil, nil, list(2)], [3: .i64([4, 5])], gives: ["f32[1×2×4×5×W]"]),
        Inference("twice along some axes", SemilinearUpsample(axes: [2, 3]), [volume], gives: ["f32[1×2×?×?×W]"]),
        Inference("to sizes not known", Resize(mode: .linear), [volume, nil, nil, list(5)], gives: ["f32[?×?×?×?×?]"]),
        Inference(
            "of free batches", MatMul(), [TensorType(.f32, [.free("N"), 2, 3]), TensorType(.f32, [3, 4])], gives: ["f32[N×2×4]"]),
    ]

    @Test(arguments: convolutions + movements + shapes)
    func infers(_ sample: Inference) throws {
        var constants: [Tensor?] = []
        for index in sample.inputs.indices { constants.append(try sample.constants[index]?.tensor()) }
        let types = try sample.op.inferTypes(
            InferenceContext(inputs: sample.inputs, constants: constants, outputCount: sample.expected.count))
        #expect(types.map(\.description) == sample.expected)
    }

    @Test func shapesOfFixedExtentsFoldBeforeTheTensorIsKnown() throws {
        let known = try ShapeOf(start: 0, end: 2).evaluateFromTypes(InferenceContext(inputs: [Self.volume]))
        #expect(try known?.first?.integers() == [1, 2])
        #expect(try ShapeOf().evaluateFromTypes(InferenceContext(inputs: [Self.volume])) == nil)
    }
}
