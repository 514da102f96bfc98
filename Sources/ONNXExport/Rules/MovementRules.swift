import Bytes
import GraphIR
import Operators
import Tensors

/// Operators that move elements about without looking at them.
enum MovementRules {
    static let table: [ExportEntry] = [
        ExportEntry(Concat.self) { (node, op) throws(OsteonError) in
            try node.finish("Concat", try node.allInputs(), [.int("axis", op.axis)])
        },
        ExportEntry(Split.self, split),
        ExportEntry(Slice.self, slice),
        ExportEntry(Pad.self, pad),
        ExportEntry(Reverse.self, reverse),
        ExportEntry(Transpose.self) { (node, op) throws(OsteonError) in
            try node.finish("Transpose", node.inputs, op.permutation.isEmpty ? [] : [.ints("perm", op.permutation)])
        },
        ExportEntry(Tile.self) { (node, _) throws(OsteonError) in try node.finish("Tile", [node.optional(0), try node.int64(1, "repeats")])
        },
        ExportEntry(Expand.self) { (node, _) throws(OsteonError) in
            try node.finish("Expand", [node.optional(0), try node.int64(1, "shape")])
        },
        ExportEntry(DepthToSpace.self) { (node, op) throws(OsteonError) in
            try node.finish("DepthToSpace", node.inputs, [.int("blocksize", op.blockSize), .text("mode", op.mode == .dcr ? "DCR" : "CRD")])
        },
        ExportEntry(SpaceToDepth.self) { (node, op) throws(OsteonError) in
            try node.finish("SpaceToDepth", node.inputs, [.int("blocksize", op.blockSize)])
        },
        ExportEntry(ReverseSequence.self) { (node, op) throws(OsteonError) in
            try node.finish(
                "ReverseSequence", [node.optional(0), try node.int64(1, "lengths")],
                [.int("batch_axis", op.batchAxis), .int("time_axis", op.timeAxis)])
        },
        ExportEntry(CenterCropPad.self, centerCropPad),
        ExportEntry(Col2Im.self) { (node, op) throws(OsteonError) in
            var attributes: [Attribute] = []
            if !op.dilations.isEmpty { attributes.append(.ints("dilations", op.dilations)) }
            if !op.pads.isEmpty { attributes.append(.ints("pads", op.pads)) }
            if !op.strides.isEmpty { attributes.append(.ints("strides", op.strides)) }
            try node.finish("Col2Im", [node.optional(0), try node.int64(1, "image_shape"), try node.int64(2, "block_shape")], attributes)
        },
    ]

    /// Without sizes the parts are equal but for the last, which ONNX has from operator set 18 on; before it they're listed.
    private static func split(_ node: ExportNode, _ op: Split) throws(OsteonError) {
        let axis: [Attribute] = [.int("axis", op.axis)]
        let x = try node.input(0)
        // ONNX has no parts without a name.
        var names: [Operand?] = []
        for output in node.outputs {
            names.append(output ?? Operand(name: node.exporter.uniqueValueName("\(node.name).unused"), type: x.type))
        }
        let whole = ExportNode(exporter: node.exporter, name: node.name, op: op, inputs: node.inputs, outputs: names)
        if let sizes = try node.int64(1, "sizes") { return try whole.finish("Split", [x, sizes], axis) }
        if node.opset >= 18 { return try whole.finish("Split", [x], axis + [.int("num_outputs", node.outputs.count)]) }
        guard let shape = x.type.shape, let extent = shape[op.axis < 0 ? op.axis + shape.count : op.axis].fixed else {
            // Only parts of one size are split so.
            throw OperatorVersions.missing("Split of an open extent into \(node.outputs.count) parts", from: 18, node.opset)
        }
        let count = node.outputs.count
        let each = (extent + count - 1) / count
        let sizes = (0..<count).map { max(0, min(each, extent - $0 * each)) }
        try whole.finish("Split", [x, try node.constant(sizes, "sizes")], axis)
    }

    /// ONNX wants one integer type for all of starts, ends, axes and steps.
    private static func slice(_ node: ExportNode, _ op: Slice) throws(OsteonError) {
        var inputs: [Operand?] = [node.optional(0)]
        for (index, role) in ["starts", "ends", "axes", "steps"].enumerated() { inputs.append(try node.int64(index + 1, role)) }
        try node.finish("Slice", inputs)
    }

    private static func pad(_ node: ExportNode, _ op: Pad) throws(OsteonError) {
        var pads = try node.int64(1, "pads")
        var axes = try node.int64(3, "axes")
        let x = try node.input(0)
        if op.mode == .wrap { try node.require(opset: 19, for: "Pad in mode wrap") }
        if axes != nil, node.opset < 18 {
            guard let listed = try axes?.constant?.integers(), let given = pads else {
                throw OperatorVersions.missing("Pad along computed axes", from: 18, node.opset)
            }
            pads = try spread(node, given, listed, rank: node.rank(x))
            axes = nil
        }
        let value = try node.optional(2).map { (operand) throws(OsteonError) in
            operand.rank == 0 ? operand : try node.reshape(operand, [], "value")
        }
        guard op.mode == .symmetric else {
            return try node.finish("Pad", [x, pads, value, axes], [.text("mode", op.mode.rawValue)])
        }
        try mirror(node, x, pads)
    }

    /// Pads of some axes as pads of all.
    private static func spread(_ node: ExportNode, _ pads: Operand, _ axes: [Int], rank: Int) throws(OsteonError) -> Operand {
        let axes = axes.map { $0 < 0 ? $0 + rank : $0 }
        guard axes.allSatisfy({ (0..<rank).contains($0) }) else { throw OsteonError(.invalidGraph, "Its axes don't exist.") }
        let places = axes + axes.map { rank + $0 }
        var all = [Int](repeating: 0, count: 2 * rank)
        guard let given = try pads.constant?.integers() else {
            let type = TensorType(.i64, [.fixed(2 * rank)])
            return try node.emit(
                "ScatterElements", [try node.constant(all, "no_pads"), try node.constant(places, "places"), pads], [.int("axis", 0)],
                role: "pads", result: type)
        }
        guard given.count == places.count else { throw OsteonError(.invalidGraph, "Its pads don't fit its axes.") }
        for (place, pad) in zip(places, given) { all[place] = pad }
        return try node.constant(all, "pads")
    }

    /// Before operator set 18 a slice around the centre and zeros around it, in numbers where all extents are fixed.
    private static func centerCropPad(_ node: ExportNode, _ op: CenterCropPad) throws(OsteonError) {
        if node.opset >= 18 { return try node.finish("CenterCropPad", node.inputs, op.axes.isEmpty ? [] : [.ints("axes", op.axes)]) }
        let x = try node.input(0)
        let rank = try node.rank(x)
        guard let wanted = try node.int64(1, "shape") else { throw OsteonError(.invalidGraph, "Input 1 is missing.") }
        let axes = op.axes.isEmpty ? Array(0..<rank) : op.axes.map { $0 < 0 ? $0 + rank : $0 }
        let places = try node.constant(axes, "axes")
        let zero = try node.constant([0], "zero")
        let two = try node.constant([2], "two")
        let list = TensorType(.i64, [.fixed(axes.count)])
        func compute(_ type: String, _ a: Operand, _ b: Operand, _ role: String) throws(OsteonError) -> Operand {
            try node.emit(type, [a, b], role: role, result: list)
        }
        let extents = try node.emit("Gather", [try node.shape(of: x), places], role: "extents", result: list)
        let missing = try compute("Max", try compute("Sub", wanted, extents, "more"), zero, "missing")
        let spare = try compute("Max", try compute("Sub", extents, wanted, "less"), zero, "spare")
        let start = try compute("Div", spare, two, "start")
        let end = try compute("Add", start, try compute("Min", extents, wanted, "kept"), "end")
        let cut = try node.emit("Slice", [x, start, end, places], role: "cut")
        let before = try compute("Div", missing, two, "before")
        let after = try compute("Sub", missing, before, "after")
        let pads = try node.emit(
            "Concat", [before, after], [.int("axis", 0)], role: "around", result: TensorType(.i64, [.fixed(2 * axes.count)]))
        try node.finish("Pad", [cut, try spread(node, pads, axes, rank: rank)], [.text("mode", "constant")])
    }

    /// The mirror image with the edge itself, which ONNX lacks: edges are cut off, reversed and put beside, axis by axis.
    private static func mirror(_ node: ExportNode, _ x: Operand, _ pads: Operand?) throws(OsteonError) {
        guard let pads = try pads?.constant?.integers(), pads.allSatisfy({ $0 >= 0 }) else {
            throw OsteonError(.unsupported, "Symmetric padding is written for constant pads from 0 only.")
        }
        let rank = pads.count / 2
        var current = x
        for axis in 0..<rank where pads[axis] > 0 || pads[rank + axis] > 0 {
            if let extent = x.type.shape?[axis].fixed, max(pads[axis], pads[rank + axis]) > extent {
                throw OsteonError(.unsupported, "Symmetric padding by more than the extent isn't written.")
            }
            var parts: [Operand] = []
            // Backwards from the last place wanted to the first.
            if pads[axis] > 0 { parts.append(try reversed(node, current, axis, from: pads[axis] - 1, to: Int(Int64.min) / 2)) }
            parts.append(current)
            if pads[rank + axis] > 0 { parts.append(try reversed(node, current, axis, from: -1, to: -pads[rank + axis] - 1)) }
            current = try node.emit("Concat", parts, [.int("axis", axis)], role: "mirrored_\(axis)")
        }
        try node.finish("Identity", [current])
    }

    private static func reversed(_ node: ExportNode, _ x: Operand, _ axis: Int, from: Int, to: Int) throws(OsteonError) -> Operand {
        let inputs = [
            x, try node.constant([from], "starts"), try node.constant([to], "ends"), try node.constant([axis], "axes"),
            try node.constant([-1], "steps"),
        ]
        return try node.emit("Slice", inputs, role: "reversed_\(axis)")
    }

    /// A slice that walks backwards along each axis.
    private static func reverse(_ node: ExportNode, _ op: Reverse) throws(OsteonError) {
        guard let axes = try node.integers(1, "axes") else { throw OsteonError(.invalidGraph, "Input 1 is missing.") }
        if axes.isEmpty { return try node.finish("Identity", [node.optional(0)]) }
        let starts = [Int](repeating: -1, count: axes.count)
        let ends = [Int](repeating: Int(Int64.min) / 2, count: axes.count)
        try node.finish(
            "Slice",
            [
                node.optional(0), try node.constant(starts, "starts"), try node.constant(ends, "ends"), try node.constant(axes, "axes"),
                try node.constant(starts, "steps"),
            ])
    }
}
