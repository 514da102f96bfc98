import Bytes
import GraphIR
import Tensors

/// Convolution (cross-correlation) over 1 to 3 spatial axes.
///
/// `y[n, m, o] = bias[m] + Σ x[n, c, o · stride − pad + k · dilation] · weight[m, c, k]`, `c` over the input
/// channels of `m`'s group. `x` is N C [D] [H] W, `weight` M C/groups [D] [H] W; places outside `x` count as 0.
package struct Convolution: Windowed {
    package var window = SpatialWindow()
    /// 0 for as many as the weight asks for, decided once the channels of both inputs are known.
    package var groups = 1

    package init() {}
    package init(window: SpatialWindow, groups: Int = 1) {
        self.window = window
        self.groups = groups
    }

    package static var signature: Signature { Signature([.required("x"), .required("weight"), .optional("bias")]) }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try window.visitAttributes(&visitor)
        try visitor.visit("groups", &groups)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.floatInput()
        let weight = try context.input(1)
        let bias = context.optionalInput(2)
        try context.requireOneType([0, 1, 2])
        let groups = try groups == 0 ? Self.groups(x, weight) : groups
        let shape = try ConvolutionShapes(x, weight, groups: groups ?? 1).output(window, bias: bias, groups: groups)
        return [TensorType(x.elementType, shape)]
    }

    package func settled(_ context: InferenceContext) throws(OsteonError) -> (any Operator)? {
        guard groups == 0, let found = try Self.groups(context.input(0), context.input(1)) else { return nil }
        return Convolution(window: window, groups: found)
    }

    /// The groups that a weight of C/groups channels makes of C; nil where either number isn't known.
    package static func groups(_ x: TensorType, _ weight: TensorType) throws(OsteonError) -> Int? {
        guard let shape = x.shape, shape.count > 1, let channels = shape[1].fixed else { return nil }
        guard let kernel = weight.shape, kernel.count > 1, let each = kernel[1].fixed else { return nil }
        if channels == 0 { return 1 }
        guard each > 0, channels % each == 0 else {
            throw invalidGraph("The weight has \(each) channels, of which the input's \(channels) aren't a multiple.")
        }
        return channels / each
    }

    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
        guard inputs.count > 1, let weight = inputs[1]?.fixedShape, let outputCount = outputs.first?.count else { return 0 }
        return (try? Checked.multiply(outputCount, Checked.product(weight.dropFirst()))) ?? 0
    }

    package func window(inputs: [TensorType?]) -> [WindowAxis]? {
        guard inputs.count > 1, let weight = inputs[1]?.shape, weight.count > 2 else { return nil }
        return window.axes(rank: weight.count - 2, weight: Array(weight.dropFirst(2)))
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let weight = try context.input(1)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        let groups = try groups == 0 ? Self.groups(x.type, weight.type) ?? 1 : groups
        let axes = try window.resolved(input: Array(x.shape.dropFirst(2)), kernel: Array(weight.shape.dropFirst(2)))
        try dispatchFloat(
            x.elementType,
            ConvolutionBody(
                x: x, weight: weight, bias: context.optionalInput(2), y: y,
                axes: SpatialWindow.ResolvedAxis.three(axes), groups: groups))
    }
}

/// Sums each output row in `Double`, kernel place by kernel place, so that the inner loop runs along W.
private struct ConvolutionBody: FloatBody {
    let x: Tensor, weight: Tensor, bias: Tensor?, y: Tensor
    let axes: [SpatialWindow.ResolvedAxis], groups: Int

    func run<T: FloatElement>(_ type: T.Type) throws(OsteonError) {
        guard y.count > 0 else { return }
        let source = x.elements(T.self)
        let kernel = weight.elements(T.self)
        var result = y.mutableElements(T.self)
        let shift = bias ?? weight  // read where there is a bias
        let offset = shift.elements(T.self)
        let (depth, height, width) = (axes[0], axes[1], axes[2])
        let depthTaps = try depth.taps()
        let heightTaps = try height.taps()
        let produced = y.shape[1]
        let perGroup = produced / groups
        let consumed = weight.shape[1]
        let plane = height.input * width.input
        let volume = depth.input * plane
        let kernelPlane = height.kernel * width.kernel
        let kernelVolume = depth.kernel * kernelPlane
        var sums = try [Double](budgeted: 0, count: width.output)
        // A weight without elements may tell any extents.
        let ranges = (0..<(weight.count == 0 ? 0 : width.kernel)).map { width.outputs(of: $0) }
        var row = 0
        for n in 0..<y.shape[0] {
            for m in 0..<produced {
                let start = bias == nil ? 0 : Double(offset[m])
                let firstChannel = n * x.shape[1] + m / perGroup * consumed
                for d in depthTaps {
                    for h in heightTaps {
                        for i in sums.indices { sums[i] = start }
                        for c in 0..<consumed {
                            let base = (firstChannel + c) * volume
                            let taps = (m * consumed + c) * kernelVolume
                            for kd in d.low..<d.high {
                                for kh in h.low..<h.high {
                                    let line =
                                        base + (d.start + kd * depth.dilation) * plane
                                        + (h.start + kh * height.dilation) * width.input
                                    let place = taps + kd * kernelPlane + kh * width.kernel
                                    for kw in 0..<width.kernel {
                                        let factor = Double(kernel[place + kw])
                                        let range = ranges[kw]
                                        let first = line - width.padBegin + kw * width.dilation
                                        if width.stride == 1, !range.isEmpty {
                                            let values = source.extracting(first + range.lowerBound..<first + range.upperBound)
                                            for i in values.indices { sums[range.lowerBound + i] += factor * Double(values[i]) }
                                        } else {
                                            for o in range { sums[o] += factor * Double(source[first + o * width.stride]) }
                                        }
                                    }
                                }
                            }
                        }
                        for i in sums.indices { result[row + i] = T(sums[i]) }
                        row += width.output
                    }
                }
            }
        }
    }
}

extension SpatialWindow.ResolvedAxis {
    /// The output places for which kernel place `k` falls inside the input.
    func outputs(of k: Int) -> Range<Int> {
        let shift = k * dilation - padBegin
        let low = shift >= 0 ? 0 : ceilingDivide(-shift, stride)
        let high = shift >= input ? 0 : ceilingDivide(input - shift, stride)
        return min(low, output)..<max(min(low, output), min(high, output))
    }
}
