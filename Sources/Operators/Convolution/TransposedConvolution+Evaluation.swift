import Bytes
import GraphIR
import Tensors

extension TransposedConvolution {
    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let weight = try context.input(1)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        let axes = try resolved(
            input: Array(x.shape.dropFirst(2)), kernel: Array(weight.shape.dropFirst(2)),
            outputShape: try context.integers(3))
        try dispatchFloat(
            x.elementType,
            TransposedConvolutionBody(
                x: x, weight: weight, bias: context.optionalInput(2), y: y,
                axes: SpatialWindow.ResolvedAxis.three(axes), groups: groups))
    }
}

/// Gathers, for each output row, the input rows that reach it, and sums them in `Double`.
private struct TransposedConvolutionBody: FloatBody {
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
        // A weight without elements may tell any extents.
        let isEmpty = weight.count == 0
        let depthTaps = try depth.contributions(isEmpty: isEmpty)
        let heightTaps = try height.contributions(isEmpty: isEmpty)
        let produced = y.shape[1]
        let perGroup = weight.shape[1]
        let consumed = x.shape[1] / groups
        let plane = height.input * width.input
        let volume = depth.input * plane
        let kernelPlane = height.kernel * width.kernel
        let kernelVolume = depth.kernel * kernelPlane
        let ranges = (0..<(isEmpty ? 0 : width.kernel)).map { width.inputs(of: $0) }
        var sums = try [Double](budgeted: 0, count: width.output)
        var row = 0
        for n in 0..<y.shape[0] {
            for m in 0..<produced {
                let start = bias == nil ? 0 : Double(offset[m])
                let group = m / perGroup
                for d in depthTaps {
                    for h in heightTaps {
                        for i in sums.indices { sums[i] = start }
                        for c in group * consumed..<(group + 1) * consumed {
                            let base = (n * x.shape[1] + c) * volume
                            let taps = (c * perGroup + m % perGroup) * kernelVolume
                            for (kd, id) in d {
                                for (kh, ih) in h {
                                    let line = base + id * plane + ih * width.input
                                    let place = taps + kd * kernelPlane + kh * width.kernel
                                    for kw in 0..<width.kernel {
                                        let factor = Double(kernel[place + kw])
                                        let shift = kw * width.dilation - width.padBegin
                                        for i in ranges[kw] {
                                            sums[i * width.stride + shift] += factor * Double(source[line + i])
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
    /// For each output place of a transposed convolution, the pairs of kernel place and input place that add to it.
    fileprivate func contributions(isEmpty: Bool) throws(OsteonError) -> [[(kernel: Int, input: Int)]] {
        var result = try [[(kernel: Int, input: Int)]](budgeted: [], count: output)
        for k in 0..<(isEmpty ? 0 : kernel) {
            for place in inputs(of: k) { result[place * stride + k * dilation - padBegin].append((k, place)) }
        }
        return result
    }

    /// The input places of a transposed convolution that reach the output through kernel place `k`.
    fileprivate func inputs(of k: Int) -> Range<Int> {
        let shift = k * dilation - padBegin
        let low = shift >= 0 ? 0 : ceilingDivide(-shift, stride)
        let high = shift >= output ? 0 : ceilingDivide(output - shift, stride)
        return min(low, input)..<max(min(low, input), min(high, input))
    }
}
