import Bytes
import GraphIR
import Tensors

/// How a sliding window's padding is told.
package enum AutoPadding: String, AttributeEnum {
    /// By `pads`.
    case explicit
    /// As much as makes the output `ceil(input / stride)` long; an odd one goes to the end. TensorFlow's SAME.
    case sameUpper = "same_upper"
    /// The same; an odd one goes to the beginning.
    case sameLower = "same_lower"
    /// None.
    case valid
}

/// A sliding window over spatial axes as files describe it: kernel, steps and padding.
///
/// Lists have one number a spatial axis, `pads` all beginnings and then all ends; an empty list stands for ones
/// (`strides`, `dilations`), zeros (`pads`) or the weight's own extents (`kernel`).
package struct SpatialWindow: Sendable, Hashable {
    package var kernel: [Int]
    package var strides: [Int]
    package var dilations: [Int]
    package var pads: [Int]
    package var autoPadding: AutoPadding

    package init(
        kernel: [Int] = [], strides: [Int] = [], dilations: [Int] = [], pads: [Int] = [],
        autoPadding: AutoPadding = .explicit
    ) {
        self.kernel = kernel
        self.strides = strides
        self.dilations = dilations
        self.pads = pads
        self.autoPadding = autoPadding
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("kernel", &kernel)
        try visitor.visit("strides", &strides)
        try visitor.visit("dilations", &dilations)
        try visitor.visit("pads", &pads)
        try visitor.visit("auto_padding", &autoPadding)
    }

    /// One spatial axis in numbers.
    package struct ResolvedAxis: Sendable, Hashable {
        package var input: Int
        package var output: Int
        package var kernel: Int
        package var stride: Int
        package var dilation: Int
        package var padBegin: Int
        package var padEnd: Int

        /// The places the kernel spans, gaps of dilation included.
        package var span: Int { (kernel - 1) * dilation + 1 }
    }

    /// The window in numbers for fixed input extents.
    /// - Parameters:
    ///   - input: the extents of the spatial axes.
    ///   - weightKernel: the kernel's extents where a weight tells them; `kernel` must agree or be empty.
    ///   - ceilMode: rounds the output up, so that a last window may hang over the end; one that would start in the
    ///     end padding is dropped (the ONNX rule).
    /// - Throws: `.invalidGraph` where the lists don't fit the rank or the window doesn't fit the input.
    package func resolved(
        input: [Int], kernel weightKernel: [Int]? = nil, ceilMode: Bool = false
    ) throws(OsteonError) -> [ResolvedAxis] {
        let kernel = try kernelExtents(rank: input.count, weight: weightKernel?.map(Dimension.fixed))
        var result: [ResolvedAxis] = []
        for (axis, extent) in input.enumerated() {
            guard let size = kernel[axis].fixed else { throw invalidGraph("The kernel's extents aren't known.") }
            result.append(try resolve(axis, rank: input.count, extent: extent, kernel: size, ceilMode: ceilMode))
        }
        return result
    }

    /// The output extents for inputs that may have free extents: a free extent keeps its name where the window
    /// leaves it as it is, and is unknown otherwise.
    package func outputDimensions(
        input: [Dimension], kernel weightKernel: [Dimension]? = nil, ceilMode: Bool = false
    ) throws(OsteonError) -> [Dimension] {
        let kernel = try kernelExtents(rank: input.count, weight: weightKernel)
        var result: [Dimension] = []
        for (axis, dimension) in input.enumerated() {
            if let extent = dimension.fixed, let size = kernel[axis].fixed {
                result.append(
                    .fixed(try resolve(axis, rank: input.count, extent: extent, kernel: size, ceilMode: ceilMode).output))
            } else {
                result.append(keepsExtent(axis, kernel: kernel[axis].fixed) ? dimension : .unknown)
            }
        }
        return result
    }

    /// Stride of a spatial axis.
    package func stride(_ axis: Int) -> Int { axis < strides.count ? strides[axis] : 1 }
    /// Dilation of a spatial axis.
    package func dilation(_ axis: Int) -> Int { axis < dilations.count ? dilations[axis] : 1 }
    /// Explicit padding of a spatial axis.
    package func padding(_ axis: Int, rank: Int) -> (begin: Int, end: Int) {
        autoPadding == .explicit && pads.count == 2 * rank ? (pads[axis], pads[rank + axis]) : (0, 0)
    }

    /// The window's axes for `Operator.window(inputs:)`; nil where the kernel isn't known.
    func axes(rank: Int, weight: [Dimension]? = nil) -> [WindowAxis]? {
        guard let kernel = try? kernelExtents(rank: rank, weight: weight) else { return nil }
        var result: [WindowAxis] = []
        for axis in 0..<rank {
            guard let size = kernel[axis].fixed else { return nil }
            result.append(WindowAxis(kernel: size, stride: Double(stride(axis)), dilation: dilation(axis)))
        }
        return result
    }

    /// The kernel's extents, after all lists were checked against `rank`.
    func kernelExtents(rank: Int, weight: [Dimension]?) throws(OsteonError) -> [Dimension] {
        for (name, list, count) in [
            ("kernel", kernel, rank), ("strides", strides, rank), ("dilations", dilations, rank), ("pads", pads, 2 * rank),
        ] {
            guard list.isEmpty || list.count == count else {
                throw invalidGraph("\(name) has \(list.count) numbers, but \(rank) spatial axes need \(count).")
            }
            for number in list where number < (name == "pads" ? 0 : 1) {
                throw invalidGraph("\(name) can't be \(number).")
            }
        }
        guard let weight else {
            guard kernel.count == rank else { throw invalidGraph("kernel has \(kernel.count) numbers, not \(rank).") }
            return kernel.map(Dimension.fixed)
        }
        guard weight.count == rank else { throw invalidGraph("A kernel of rank \(weight.count) on \(rank) spatial axes.") }
        var result: [Dimension] = []
        for (axis, extent) in weight.enumerated() {
            if let size = extent.fixed, size < 1 { throw invalidGraph("A kernel extent can't be \(size).") }
            result.append(kernel.isEmpty ? extent : try Dimension.unified(extent, .fixed(kernel[axis])))
        }
        return result
    }

    private func resolve(
        _ axis: Int, rank: Int, extent: Int, kernel: Int, ceilMode: Bool
    ) throws(OsteonError) -> ResolvedAxis {
        let step = stride(axis)
        let dilation = dilation(axis)
        let span = try Checked.add(Checked.multiply(kernel - 1, dilation), 1)
        var (begin, end) = padding(axis, rank: rank)
        var output: Int
        switch autoPadding {
        case .sameUpper, .sameLower:
            output = ceilingDivide(extent, step)
            let needed = try Checked.add(Checked.multiply(max(output - 1, 0), step), span)
            let total = max(needed - extent, 0)
            begin = autoPadding == .sameUpper ? total / 2 : total - total / 2
            end = total - begin
        case .explicit, .valid:
            let padded = try Checked.add(extent, Checked.add(begin, end))
            guard padded >= span else {
                throw invalidGraph("A window over \(span) places doesn't fit \(extent) and its padding \(begin) + \(end).")
            }
            output = (padded - span) / step + 1
            if ceilMode, autoPadding == .explicit, (padded - span) % step != 0 {
                if try Checked.multiply(output, step) < extent + begin { output += 1 }
            }
        }
        return ResolvedAxis(
            input: extent, output: output, kernel: kernel, stride: step, dilation: dilation, padBegin: begin, padEnd: end)
    }

    /// Whether the output is as long as the input, whatever that is.
    private func keepsExtent(_ axis: Int, kernel: Int?) -> Bool {
        guard stride(axis) == 1 else { return false }
        if autoPadding == .sameUpper || autoPadding == .sameLower { return true }
        guard let kernel else { return false }
        let (spread, overflow) = (kernel - 1).multipliedReportingOverflow(by: dilation(axis))
        let rank = max(pads.count / 2, axis + 1)
        let (begin, end) = padding(axis, rank: rank)
        let (total, tooMuch) = begin.addingReportingOverflow(end)
        return !overflow && !tooMuch && spread == total
    }
}

extension SpatialWindow {
    /// Whether every window is one element of the input, and every element has one.
    var seesSingleElements: Bool {
        !kernel.isEmpty && (kernel + strides).allSatisfy { $0 == 1 } && pads.allSatisfy { $0 == 0 }
    }
}
