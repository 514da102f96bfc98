import Bytes
import Tensors

extension TransposedConvolution {
    /// The window in numbers: `padBegin` and `padEnd` are what's cut off the full output, `input` and `output` the
    /// extents on either side as this operator sees them.
    /// - Parameters:
    ///   - input: the input's spatial extents.
    ///   - kernel: the weight's spatial extents.
    ///   - wanted: the value of the `output_shape` input, where there's one.
    package func resolved(
        input: [Int], kernel: [Int], outputShape wanted: [Int]? = nil
    ) throws(OsteonError) -> [SpatialWindow.ResolvedAxis] {
        let extents = try window.kernelExtents(rank: input.count, weight: kernel.map(Dimension.fixed))
        let target = try wantedShape(wanted?.map(Dimension.fixed), given: wanted != nil, rank: input.count)
        var result: [SpatialWindow.ResolvedAxis] = []
        for axis in input.indices {
            guard let size = extents[axis].fixed else { throw invalidGraph("The kernel's extents aren't known.") }
            result.append(try resolve(axis, rank: input.count, input[axis], size, wanted: target?[axis].fixed))
        }
        return result
    }

    /// The output extents asked for, from the input or the attribute; nil where the window decides.
    func wantedShape(_ input: [Dimension]?, given: Bool, rank: Int) throws(OsteonError) -> [Dimension]? {
        guard outputPadding.isEmpty || outputPadding.count == rank else {
            throw invalidGraph("output_padding has \(outputPadding.count) numbers, not \(rank).")
        }
        for number in outputPadding where number < 0 { throw invalidGraph("output_padding can't be \(number).") }
        guard given || !outputShape.isEmpty else {
            if padsFromForward { throw invalidGraph("pads_from_forward needs an output shape.") }
            return nil
        }
        let wanted = given ? input ?? [Dimension](repeating: .unknown, count: rank) : outputShape.map(Dimension.fixed)
        guard wanted.count == rank else { throw invalidGraph("output_shape has \(wanted.count) extents, not \(rank).") }
        for extent in wanted {
            if let number = extent.fixed, number < 0 { throw invalidGraph("output_shape can't hold \(number).") }
        }
        return wanted
    }

    /// One output extent of what may be free or unknown.
    func outputDimension(
        _ axis: Int, _ input: Dimension, _ kernel: Dimension, _ wanted: Dimension?
    ) throws(OsteonError) -> Dimension {
        let rank = window.pads.isEmpty ? axis + 1 : window.pads.count / 2
        if let wanted {
            if let extent = input.fixed, let size = kernel.fixed, let target = wanted.fixed {
                _ = try resolve(axis, rank: rank, extent, size, wanted: target)
            }
            return wanted
        }
        if let extent = input.fixed, let size = kernel.fixed {
            return .fixed(try resolve(axis, rank: rank, extent, size, wanted: nil).output)
        }
        guard window.stride(axis) == 1 else { return .unknown }
        if window.autoPadding == .sameUpper || window.autoPadding == .sameLower { return input }
        guard let size = kernel.fixed, let probe = try? resolve(axis, rank: rank, 1 << 20, size, wanted: nil) else {
            return .unknown
        }
        return probe.output == 1 << 20 ? input : .unknown
    }

    private func resolve(
        _ axis: Int, rank: Int, _ input: Int, _ kernel: Int, wanted: Int?
    ) throws(OsteonError) -> SpatialWindow.ResolvedAxis {
        let step = window.stride(axis)
        let dilation = window.dilation(axis)
        let span = try Checked.add(Checked.multiply(kernel - 1, dilation), 1)
        let extra = axis < outputPadding.count ? outputPadding[axis] : 0
        let reach = try Checked.add(Checked.multiply(max(input - 1, 0), step), span)
        let full = input == 0 ? extra : try Checked.add(reach, extra)
        var (begin, end) = window.padding(axis, rank: rank)
        var output: Int
        if let wanted, padsFromForward {
            output = wanted
            let forward = SpatialWindow(
                kernel: [kernel], strides: [step], dilations: [dilation], pads: [begin, end],
                autoPadding: window.autoPadding)
            guard let axis = try forward.resolved(input: [wanted]).first, axis.output == input else {
                throw invalidGraph("No convolution makes \(input) places of \(wanted) with this window.")
            }
            (begin, end) = (axis.padBegin, axis.padEnd)
        } else if let wanted {
            output = wanted
            (begin, end) = distribute(max(full - output, 0))
        } else if window.autoPadding == .sameUpper || window.autoPadding == .sameLower {
            output = try Checked.multiply(input, step)
            (begin, end) = distribute(max(full - output, 0))
        } else {
            output = full - (try Checked.add(begin, end))
            guard output >= 0 else { throw invalidGraph("The pads \(begin) + \(end) are more than the output of \(full).") }
        }
        return SpatialWindow.ResolvedAxis(
            input: input, output: output, kernel: kernel, stride: step, dilation: dilation, padBegin: begin, padEnd: end)
    }

    private func distribute(_ total: Int) -> (begin: Int, end: Int) {
        let half = total / 2
        return window.autoPadding == .sameUpper ? (half, total - half) : (total - half, half)
    }
}
