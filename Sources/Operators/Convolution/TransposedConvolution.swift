import Bytes
import GraphIR
import Tensors

/// The transposed (gradient of) convolution over 1 to 3 spatial axes.
///
/// Each input element adds `weight`, scaled by it, to the output around `place · stride − pad`. `x` is N C [D] [H] W,
/// `weight` C M/groups [D] [H] W. The output is `(input − 1) · stride + outputPadding + (kernel − 1) · dilation + 1`
/// less the pads; where `outputShape` (spatial extents, as attribute or as the fourth input) is given, the pads follow
/// from it by the ONNX rule. With `padsFromForward` they are those of the forward convolution from that output shape
/// to this input, as TensorFlow has it.
package struct TransposedConvolution: Operator {
    package var window = SpatialWindow()
    package var groups = 1
    /// Extra extent at each spatial axis' end; empty for none.
    package var outputPadding: [Int] = []
    /// The spatial extents of the output; empty where the window or the fourth input tells them.
    package var outputShape: [Int] = []
    /// Whether the pads are those of the forward convolution that makes this input from `outputShape`.
    package var padsFromForward = false

    package init() {}
    package init(
        window: SpatialWindow, groups: Int = 1, outputPadding: [Int] = [], outputShape: [Int] = [],
        padsFromForward: Bool = false
    ) {
        self.window = window
        self.groups = groups
        self.outputPadding = outputPadding
        self.outputShape = outputShape
        self.padsFromForward = padsFromForward
    }

    package static var signature: Signature {
        Signature([.required("x"), .required("weight"), .optional("bias"), .optional("output_shape")])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try window.visitAttributes(&visitor)
        try visitor.visit("groups", &groups)
        try visitor.visit("output_padding", &outputPadding)
        try visitor.visit("output_shape", &outputShape)
        try visitor.visit("pads_from_forward", &padsFromForward)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.floatInput()
        let weight = try context.input(1)
        let bias = context.optionalInput(2)
        try context.requireOneType([0, 1, 2])
        let shapes = try ConvolutionShapes(x, weight, groups: groups)
        guard let rank = shapes.rank else { return [TensorType(x.elementType, nil)] }
        if let channels = shapes.channels {
            guard channels % groups == 0 else {
                throw invalidGraph("\(channels) channels can't be split into \(groups) groups.")
            }
            if let first = shapes.weight?[0].fixed, first != channels {
                throw invalidGraph("The weight is for \(first) channels, the input has \(channels).")
            }
        }
        var produced = Dimension.unknown
        if let each = shapes.weight?[1].fixed { produced = .fixed(try Checked.multiply(each, groups)) }
        try shapes.checkBias(bias, produced)
        let kernel = try window.kernelExtents(
            rank: rank - 2,
            weight: shapes.weight.map { Array($0.dropFirst(2)) }
                ?? (window.kernel.isEmpty ? [Dimension](repeating: .unknown, count: rank - 2) : nil))
        let wanted = try wantedShape(context.shapeInput(3), given: context.has(3), rank: rank - 2)
        var spatial: [Dimension] = []
        for axis in 0..<rank - 2 {
            spatial.append(try outputDimension(axis, shapes.spatial[axis], kernel[axis], wanted?[axis]))
        }
        return [TensorType(x.elementType, [shapes.batch, produced] + spatial)]
    }

    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
        guard inputs.count > 1, let weight = inputs[1]?.fixedShape, let count = inputs[0]?.count else { return 0 }
        return (try? Checked.multiply(count, Checked.product(weight.dropFirst()))) ?? 0
    }

    package func window(inputs: [TensorType?]) -> [WindowAxis]? {
        guard inputs.count > 1, let weight = inputs[1]?.shape, weight.count > 2 else { return nil }
        let axes = window.axes(rank: weight.count - 2, weight: Array(weight.dropFirst(2)))
        return axes?.map { axis in WindowAxis(kernel: axis.kernel, stride: 1 / axis.stride, dilation: axis.dilation) }
    }
}
