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
            guard let axis = try node.integer("axis") ?? (node.version < 4 ? 1 : nil) else {
                throw OsteonError(.malformed, "Attribute axis is missing.")
            }
            op.axis = axis
            return try node.finish(op, try node.allInputs())
        },
        "Split": split, "Slice": slice, "Pad": pad,
        "Transpose": { (node) throws(OsteonError) in
            var op = Transpose()
            op.permutation = try node.integers("perm") ?? []
            return try node.finish(op, node.inputs)
        },
        "Tile": tile, "Expand": same(Expand()),
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
        guard let axis = try node.integer("axis") ?? (node.version < 2 ? nil : 0) else {
            throw OsteonError(.unsupported, "It names no axis, and version 1 of the operator set has none by default.")
        }
        op.axis = axis
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

    /// Before version 6 so many tiles along one axis, since then a number for every axis.
    private static let tile: ImportRule = { (node) throws(OsteonError) in
        guard node.version < 6 else { return try node.finish(Tile(), node.inputs) }
        let x = try node.input(0)
        let rank = try node.knownRank(x)
        // Both were of the data's own type.
        func number(_ index: Int) throws(OsteonError) -> Int {
            guard let tensor = node.constant(index) else {
                throw OsteonError(.unsupported, "Its tiles or axis are computed; only constant ones are supported.")
            }
            guard tensor.count == 1, let value = Int(exactly: try tensor.doubles()[0]) else {
                throw OsteonError(.malformed, "Its tiles or axis aren't one whole number.")
            }
            return value
        }
        let count = try number(1)
        let axis = try number(2)
        guard (0..<rank).contains(axis < 0 ? axis + rank : axis) else {
            throw OsteonError(.malformed, "Axis \(axis) doesn't exist: the rank is \(rank).")
        }
        var repeats = [Int](repeating: 1, count: rank)
        repeats[axis < 0 ? axis + rank : axis] = count
        return try node.finish(Tile(), [x, try node.constant(repeats, "repeats")])
    }

    /// Pads and value are attributes before version 11; version 1 called the pads `paddings`.
    private static let pad: ImportRule = { (node) throws(OsteonError) in
        var op = Pad()
        op.mode = try node.choice("mode", "constant", ["constant": .constant, "reflect": .reflect, "edge": .edge, "wrap": .wrap])
        guard node.version < 11 else { return try node.finish(op, node.inputs) }
        let x = try node.input(0)
        guard let pads = try node.integers(node.version < 2 ? "paddings" : "pads") else {
            throw OsteonError(.malformed, "Attribute pads is missing.")
        }
        let value = try node.scalar(try node.number("value", 0), node.type(x).elementType, "value")
        return try node.finish(op, [x, try node.constant(pads, "pads"), value])
    }
}
