import Bytes
import GraphIR
import Operators
import Tensors
import WireFormats

/// Operators that move elements about without looking at them.
enum MovementRules {
    static let table: [String: ImportRule] = [
        "Concat": { (node) throws(OsteonError) in
            var op = Concat()
            guard let axis = try node.integer("axis") else { throw OsteonError(.malformed, "Attribute axis is missing.") }
            op.axis = axis
            return try node.finish(op, try node.allInputs())
        },
        "Split": split, "Slice": slice, "Pad": pad,
        "Transpose": { (node) throws(OsteonError) in
            var op = Transpose()
            op.permutation = try node.integers("perm") ?? []
            return try node.finish(op, node.inputs)
        },
        "Tile": same(Tile()), "Expand": same(Expand()),
        "DepthToSpace": { (node) throws(OsteonError) in
            var op = DepthToSpace()
            op.blockSize = try node.integer("blocksize", 1)
            op.mode = try node.choice("mode", "DCR", ["DCR": .dcr, "CRD": .crd])
            return try node.finish(op, node.inputs)
        },
        "SpaceToDepth": { (node) throws(OsteonError) in
            var op = SpaceToDepth()
            op.blockSize = try node.integer("blocksize", 1)
            return try node.finish(op, node.inputs)
        },
        "ReverseSequence": { (node) throws(OsteonError) in
            var op = ReverseSequence()
            op.batchAxis = try node.integer("batch_axis", 1)
            op.timeAxis = try node.integer("time_axis", 0)
            return try node.finish(op, node.inputs)
        },
        "CenterCropPad": { (node) throws(OsteonError) in
            var op = CenterCropPad()
            op.axes = try node.integers("axes") ?? []
            return try node.finish(op, node.inputs)
        },
        "Col2Im": { (node) throws(OsteonError) in
            var op = Col2Im()
            op.dilations = try node.integers("dilations") ?? []
            op.pads = try node.integers("pads") ?? []
            op.strides = try node.integers("strides") ?? []
            return try node.finish(op, node.inputs)
        },
    ]

    /// Sizes are an attribute before version 13, an input since; without any the parts are equal.
    private static let split: ImportRule = { (node) throws(OsteonError) in
        var op = Split()
        op.axis = try node.integer("axis", 0)
        let sizes = try node.axes("split", input: 1)
        let outputs = node.node.output.count
        if sizes == nil { op.count = try node.integer("num_outputs", outputs) } else { node.ignoreAttribute("num_outputs") }
        return try node.finish(op, [try node.input(0), sizes], outputs: outputs)
    }

    /// Bounds are attributes before version 10.
    private static let slice: ImportRule = { (node) throws(OsteonError) in
        guard node.version < 10 else { return try node.finish(Slice(), node.inputs) }
        guard let starts = try node.integers("starts"), let ends = try node.integers("ends") else {
            throw OsteonError(.malformed, "Attribute starts or ends is missing.")
        }
        let axes = try node.integers("axes") ?? Array(starts.indices)
        return try node.finish(
            Slice(),
            [
                try node.input(0), try node.constant(starts, "starts"), try node.constant(ends, "ends"), try node.constant(axes, "axes"),
            ])
    }

    /// Pads and value are attributes before version 11.
    private static let pad: ImportRule = { (node) throws(OsteonError) in
        var op = Pad()
        op.mode = try node.choice("mode", "constant", ["constant": .constant, "reflect": .reflect, "edge": .edge, "wrap": .wrap])
        guard node.version < 11 else { return try node.finish(op, node.inputs) }
        let x = try node.input(0)
        guard let pads = try node.integers("pads") else {
            throw OsteonError(.malformed, "Attribute pads is missing.")
        }
        let value = try node.scalar(try node.number("value", 0), node.type(x).elementType, "value")
        return try node.finish(op, [x, try node.constant(pads, "pads"), value])
    }
}
