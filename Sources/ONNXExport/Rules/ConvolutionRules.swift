import Bytes
import GraphIR
import Operators
import Tensors

/// Convolutions, forwards and transposed.
enum ConvolutionRules {
    static let table: [ExportEntry] = [ExportEntry(Convolution.self, forward), ExportEntry(TransposedConvolution.self, transposed)]

    private static func forward(_ node: ExportNode, _ op: Convolution) throws(OsteonError) {
        let x = try node.input(0)
        let kernel = try kernel(node, op.window)
        guard let groups = try op.groups == 0 ? Convolution.groups(x.type, node.input(1).type) : op.groups else {
            throw OsteonError(
                .unsupported, "The channels of its input aren't known, so its groups aren't either; give them with \(Parameter.shape).")
        }
        let attributes = try op.window.attributes(spatial: x.spatial, kernel: kernel) + [.int("group", groups)]
        try node.finish("Conv", node.inputs, attributes)
    }

    /// The kernel's extents, from the weight where the window doesn't give them.
    static func kernel(_ node: ExportNode, _ window: SpatialWindow) throws(OsteonError) -> [Int] {
        if !window.kernel.isEmpty { return window.kernel }
        guard let shape = try node.input(1).type.fixedShape, shape.count > 2 else {
            throw OsteonError(.unsupported, "The shape of its weight isn't known.")
        }
        return Array(shape[2...])
    }

    private static func transposed(_ node: ExportNode, _ op: TransposedConvolution) throws(OsteonError) {
        let x = try node.input(0)
        let kernel = try kernel(node, op.window)
        var attributes: [Attribute] = [.ints("kernel_shape", kernel), .int("group", op.groups)]
        if !op.window.strides.isEmpty { attributes.append(.ints("strides", op.window.strides)) }
        if !op.window.dilations.isEmpty { attributes.append(.ints("dilations", op.window.dilations)) }
        guard let pads = try pads(node, op, x, kernel) else { return try cutToShape(node, op, x, kernel, attributes) }
        try node.finish("ConvTranspose", Array(node.inputs.prefix(3)), attributes + pads)
    }

    /// Explicit pads wherever they don't depend on an open extent; nil where they do.
    private static func pads(
        _ node: ExportNode, _ op: TransposedConvolution, _ x: Operand, _ kernel: [Int]
    ) throws(OsteonError) -> [Attribute]? {
        let hasShape = node.optional(3) != nil || !op.outputShape.isEmpty
        if op.window.autoPadding == .explicit, !hasShape {
            var result: [Attribute] = []
            if !op.window.pads.isEmpty { result.append(.ints("pads", op.window.pads)) }
            if !op.outputPadding.isEmpty { result.append(.ints("output_padding", op.outputPadding)) }
            return result
        }
        // Same and valid padding cut the same off at every size: a probe shows how much.
        if !hasShape { return try op.resolved(input: [Int](repeating: 64, count: kernel.count), kernel: kernel).explicit }
        let wanted = try node.optional(3)?.constant?.integers()
        guard let spatial = x.spatial?.compactMap(\.fixed), spatial.count == kernel.count, node.optional(3) == nil || wanted != nil else {
            return nil
        }
        return try op.resolved(input: spatial, kernel: kernel, outputShape: wanted).explicit
    }

    /// The whole result, and what's wanted of it cut out: for an output shape that's computed, or an input whose extents are open.
    ///
    /// The pads are those of the forward convolution from that shape, as TensorFlow has it.
    private static func cutToShape(
        _ node: ExportNode, _ op: TransposedConvolution, _ x: Operand, _ kernel: [Int], _ attributes: [Attribute]
    ) throws(OsteonError) {
        guard op.padsFromForward else {
            throw OsteonError(.unsupported, "Its output shape is computed; ONNX needs it fixed: give the shape with \(Parameter.shape).")
        }
        let axes = kernel.indices
        let strides = axes.map(op.window.stride)
        let isSame = [.sameUpper, .sameLower].contains(op.window.autoPadding)
        var spans: [Int] = []
        for axis in axes { spans.append(try Checked.add(Checked.multiply(kernel[axis] - 1, op.window.dilation(axis)), 1)) }
        // As much as the longest output of this input has more.
        let extra = axes.map { isSame ? max(0, strides[$0] - spans[$0]) : strides[$0] - 1 }
        let whole = try node.emit(
            "ConvTranspose", Array(node.inputs.prefix(3)),
            attributes + (extra.contains { $0 != 0 } ? [.ints("output_padding", extra)] : []), role: "whole")
        let list = TensorType(.i64, [.fixed(kernel.count)])
        let wanted: Operand
        if let given = try node.int64(3, "output_shape") {
            wanted = given
        } else {
            wanted = try node.constant(op.outputShape, "output_shape")
        }
        let starts: Operand
        if isSame {
            let input = try node.apply(ShapeOf(start: 2), [x], role: "extents", result: list)
            let steps = try node.emit("Mul", [input, try node.constant(strides, "strides")], role: "steps", result: list)
            let full = try node.emit(
                "Add", [steps, try node.constant(axes.map { spans[$0] - strides[$0] }, "reach")], role: "full", result: list)
            let rest = try node.emit("Sub", [full, wanted], role: "rest", result: list)
            let total = try node.emit("Max", [rest, try node.constant([0], "zero")], role: "pads", result: list)
            let half = try node.emit("Div", [total, try node.constant([2], "two")], role: "half", result: list)
            starts = op.window.autoPadding == .sameUpper ? half : try node.emit("Sub", [total, half], role: "starts", result: list)
        } else {
            starts = try node.constant(axes.map { op.window.padding($0, rank: kernel.count).begin }, "starts")
        }
        let ends = try node.emit("Add", [starts, wanted], role: "ends", result: list)
        try node.finish("Slice", [whole, starts, ends, try node.constant(axes.map { $0 + 2 }, "axes")], [])
    }
}

extension [SpatialWindow.ResolvedAxis] {
    /// Pads and output padding that make exactly these output extents of a transposed convolution.
    fileprivate var explicit: [Attribute] {
        var end: [Int] = []
        var extra: [Int] = []
        for axis in self {
            let full = (Swift.max(axis.input, 1) - 1) * axis.stride + axis.span
            // What's missing at the end after cutting is added by output padding.
            let rest = axis.output - (full - axis.padBegin - axis.padEnd)
            end.append(rest < 0 ? axis.padEnd - rest : axis.padEnd)
            extra.append(Swift.max(0, rest))
        }
        return [.ints("pads", map(\.padBegin) + end)] + (extra.contains { $0 != 0 } ? [.ints("output_padding", extra)] : [])
    }
}

extension Operand {
    /// The extents behind batch and channels.
    var spatial: [Dimension]? { type.shape.map { Array($0.dropFirst(2)) } }
}

extension SpatialWindow {
    /// The window as ONNX's attributes: explicit pads where they don't depend on an open extent.
    func attributes(spatial: [Dimension]?, kernel: [Int]) throws(OsteonError) -> [Attribute] {
        var result: [Attribute] = [.ints("kernel_shape", kernel)]
        if !strides.isEmpty { result.append(.ints("strides", strides)) }
        if !dilations.isEmpty { result.append(.ints("dilations", dilations)) }
        switch autoPadding {
        case .explicit: if !pads.isEmpty { result.append(.ints("pads", pads)) }
        case .valid: break
        case .sameUpper, .sameLower:
            if let pads = try samePads(spatial, kernel) {
                result.append(.ints("pads", pads))
            } else {
                result.append(.text("auto_pad", autoPadding == .sameUpper ? "SAME_UPPER" : "SAME_LOWER"))
            }
        }
        return result
    }

    /// The pads of same padding; nil where they depend on extents that are open. With stride 1 they never do.
    private func samePads(_ spatial: [Dimension]?, _ kernel: [Int]) throws(OsteonError) -> [Int]? {
        var extents: [Int] = []
        for axis in kernel.indices {
            if let extent = spatial?[axis].fixed {
                extents.append(extent)
            } else if stride(axis) == 1 {
                extents.append(1 << 20)
            } else {
                return nil
            }
        }
        let axes = try resolved(input: extents, kernel: kernel)
        return axes.map(\.padBegin) + axes.map(\.padEnd)
    }
}
