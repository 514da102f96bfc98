import Bytes
import GraphIR
import Operators
import Tensors

/// Convolutions, forwards and transposed.
enum ConvolutionRules {
    static let table: [String: ImportRule] = [
        "Conv": { (node) throws(OsteonError) in
            var op = Convolution()
            op.window = try node.window()
            op.groups = try node.integer("group", 1)
            return try node.finish(op, node.inputs)
        },
        "ConvTranspose": transposed,
    ]

    private static let transposed: ImportRule = { (node) throws(OsteonError) in
        var op = TransposedConvolution()
        op.window = try node.window()
        op.groups = try node.integer("group", 1)
        op.outputPadding = try node.integers("output_padding") ?? []
        var shape = try node.integers("output_shape") ?? []
        // Some writers give the whole shape, though only the spatial extents count.
        let x = node.rank(try node.input(0))
        let weight = node.rank(try node.input(1))
        if let rank = x ?? weight, rank > 2, shape.count == rank { shape.removeFirst(2) }
        op.outputShape = shape
        return try node.finish(op, node.inputs)
    }
}

extension NodeContext {
    /// The sliding window that attributes shared by convolutions and pools describe.
    func window() throws(OsteonError) -> SpatialWindow {
        var window = SpatialWindow()
        window.kernel = try integers("kernel_shape") ?? []
        window.strides = try integers("strides") ?? []
        window.dilations = try integers("dilations") ?? []
        window.autoPadding = try choice(
            "auto_pad", "NOTSET", ["NOTSET": .explicit, "": .explicit, "SAME_UPPER": .sameUpper, "SAME_LOWER": .sameLower, "VALID": .valid])
        let pads = try integers("pads") ?? []
        window.pads = window.autoPadding == .explicit ? pads : []
        return window
    }
}
